const names = /** @type {const} */ (["text", "muted", "line", "card", "accent", "up", "down"]);

/** @typedef {Record<(typeof names)[number], string>} Palette */

/** @returns {Palette} */
function read() {
  const style = getComputedStyle(document.documentElement);
  const entries = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(entries);
}

/** The page's colours, for what is drawn: those of the style sheet, light or dark. */
export let palette = read();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette = read();
});

/**
 * @param {string} colour `#rrggbb`
 * @param {number} alpha from 0 to 1
 */
export function faded(colour, alpha) {
  return (
    colour +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")
  );
}
