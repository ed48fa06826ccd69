import { byId } from "./dom.js";
import { lastName } from "./remembered.js";

/** Where a visitor chooses a name. */
export class JoinScreen {
  #screen = byId("join", HTMLElement);
  #name = byId("name", HTMLInputElement);
  #error = byId("name-error", HTMLElement);

  /** @param {(name: string) => void} onJoin */
  constructor(onJoin) {
    byId("join-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value.trim().normalize("NFC");
      if (name === "") this.#complain("Give a name, any name.");
      else onJoin(name);
    });
    this.#name.addEventListener("input", () => this.#complain(""));
  }

  /** @param {string} reason why the last name would not do; empty if it did */
  show(reason) {
    this.#screen.hidden = false;
    this.#name.value = lastName();
    this.#complain(reason);
    this.#name.select();
  }

  hide() {
    this.#screen.hidden = true;
  }

  /** @param {string} text */
  #complain(text) {
    this.#error.textContent = text;
    if (text === "") this.#name.removeAttribute("aria-invalid");
    else this.#name.setAttribute("aria-invalid", "true");
  }
}
