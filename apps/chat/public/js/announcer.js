import { byId } from "./dom.js";

/** Most characters of one announcement. */
const longest = 200;

/** Has a screen reader say something when it is done with what it says now. @param {string} text */
export function announce(text) {
  const line = document.createElement("p");
  line.textContent = text.slice(0, longest);
  byId("announcer", HTMLElement).replaceChildren(line);
}
