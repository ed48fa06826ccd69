import { element } from "./dom.js";

/** Keeps the place of chips that are to come. @param {number} count */
export function showEmptyChips(count) {
  const chips = Array.from({ length: count }, () => document.createElement("span"));
  for (const chip of chips) chip.className = "chip";
  element("chips").replaceChildren(...chips);
}

/**
 * The symbols to choose from.
 * @param {readonly string[]} symbols
 * @param {ReadonlySet<string>} chosen
 * @param {(chosen: Set<string> | undefined) => void} onChange gets undefined for all
 */
export function showChips(symbols, chosen, onChange) {
  const all = chip("All", chosen.size === symbols.length, () => onChange(undefined));
  const each = symbols.map((symbol) => chip(symbol, chosen.has(symbol), () => onChange(toggled(symbol))));
  replaceKeepingFocus([all, ...each]);

  /** @param {string} symbol */
  function toggled(symbol) {
    const next = new Set(chosen);
    if (!next.delete(symbol)) next.add(symbol);
    return next.size === symbols.length ? undefined : next;
  }
}

/** @param {string} text @param {boolean} pressed @param {() => void} onClick */
function chip(text, pressed, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.textContent = text;
  button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", onClick);
  return button;
}

/** @param {HTMLElement[]} chips */
function replaceKeepingFocus(chips) {
  const group = element("chips");
  const focused = [...group.children].indexOf(/** @type {Element} */ (document.activeElement));
  group.replaceChildren(...chips);
  chips[focused]?.focus();
}
