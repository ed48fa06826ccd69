import { get } from "./api.js";
import { byId, make } from "./dom.js";

/** Where one joins a room that others are in, or makes one by naming it. */
export class RoomDialog {
  #dialog = byId("room-dialog", HTMLDialogElement);
  #choices = byId("room-choices", HTMLUListElement);
  #name = byId("room-name", HTMLInputElement);
  #error = byId("room-error", HTMLElement);
  #onJoin;

  /** @param {(room: string) => void} onJoin */
  constructor(onJoin) {
    this.#onJoin = onJoin;
    byId("add-room", HTMLButtonElement).addEventListener("click", () => void this.#open());
    byId("room-cancel", HTMLButtonElement).addEventListener("click", () => this.#dialog.close());
    byId("room-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  async #open() {
    this.#name.value = "";
    this.#error.textContent = "";
    this.#choices.replaceChildren();
    this.#dialog.showModal();
    this.#name.focus();
    /** @type {{ Name: string, Users: string[] }[]} */
    const rooms = await get("/chat/rooms").catch(() => []);
    this.#choices.replaceChildren(...rooms.map((room) => this.#choice(room)));
  }

  /** @param {{ Name: string, Users: string[] }} room */
  #choice({ Name, Users }) {
    const label = make("bdi", { class: "name" }, Name);
    const people = make(
      "span",
      { class: "muted" },
      `${Users.length}`,
      make("span", { class: "visually-hidden" }, " people in it"),
    );
    const choice = make("button", { type: "button", class: "button small" }, label, people);
    choice.addEventListener("click", () => this.#join(Name));
    return make("li", {}, choice);
  }

  /** The server's rule for names of rooms, told before the server has to. */
  #submit() {
    const name = this.#name.value.trim().normalize("NFC").toLowerCase();
    if (/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u.test(name)) this.#join(name);
    else this.#error.textContent = "Use letters, digits, - and _, such as “music”.";
  }

  /** @param {string} name */
  #join(name) {
    this.#dialog.close();
    this.#onJoin(name);
  }
}
