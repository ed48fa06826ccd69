import { element } from "./dom.js";

/** @type {() => void} */
let act = () => {};
element("blank-action").addEventListener("click", () => act());

/**
 * Says something in place of the cards.
 * @param {{ title: string, text: string, action: string, onAction: () => void }} content
 */
export function showBlank({ title, text, action, onAction }) {
  element("blank-title").textContent = title;
  element("blank-text").textContent = text;
  element("blank-action").textContent = action;
  act = onAction;
  element("grid").hidden = true;
  element("blank").hidden = false;
}

/** Gives the place back to the cards. */
export function hideBlank() {
  element("blank").hidden = true;
  element("grid").hidden = false;
}

export function isBlank() {
  return !element("blank").hidden;
}
