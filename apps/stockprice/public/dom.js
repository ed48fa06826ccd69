/** The element with an id, which the page has. @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** The part of an element that a selector names. @param {ParentNode} whole @param {string} selector */
export function part(whole, selector) {
  return /** @type {HTMLElement} */ (whole.querySelector(selector));
}
