import { make } from "./dom.js";

/** Degrees between the colours of neighbouring numbers: they lie far apart. */
const goldenAngle = 137.508;

/** A round picture for a name: its first letter on its own colour. @param {string} name */
export function avatar(name) {
  const element = make("span", { class: "avatar", "aria-hidden": "true" });
  paintAvatar(element, name);
  return element;
}

/** @param {HTMLElement} element @param {string} name */
export function paintAvatar(element, name) {
  element.textContent = firstLetter(name);
  element.style.setProperty("--hue", String(hue(name)));
}

/** The first character as people see it: an emoji may be several code points. @param {string} name */
function firstLetter(name) {
  const [first] = new Intl.Segmenter().segment(name);
  return (first?.segment ?? "").toUpperCase();
}

/** @param {string} name */
function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return Math.round((hash * goldenAngle) % 360);
}
