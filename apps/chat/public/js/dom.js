/**
 * The element of the page with this id.
 *
 * @template {Element} T
 * @param {string} id @param {{ new (): T, prototype: T }} type @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} with the id ${id}.`);
}

/**
 * Makes an element. Children that are strings become text, whatever they contain: nothing that people write is ever read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Record<string, string>} attributes @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

/** @param {string} label @param {string} className @param {() => void} onClick */
export function button(label, className, onClick) {
  const element = make("button", { type: "button", class: className }, label);
  element.addEventListener("click", onClick);
  return element;
}

/** A drawing from the end of the page. @param {string} name */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const use = document.createElementNS(namespace, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Makes a list's children those for the items, and keeps the elements of items that were there before: the focus stays where it is.
 *
 * @template Item
 * @param {Element} list @param {readonly Item[]} items @param {(item: Item) => string} keyOf
 * @param {(item: Item) => HTMLElement} create @param {(element: HTMLElement, item: Item) => void} update
 */
export function reconcile(list, items, keyOf, create, update) {
  const before = new Map(
    [...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]),
  );
  items.forEach((item, index) => {
    const key = keyOf(item);
    const element = /** @type {HTMLElement} */ (before.get(key) ?? create(item));
    before.delete(key);
    element.dataset.key = key;
    update(element, item);
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
  for (const child of before.values()) child.remove();
}
