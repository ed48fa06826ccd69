import { byId } from "./dom.js";

/** On a narrow screen the list of conversations slides in from the side. */
export class Drawer {
  #chat = byId("chat", HTMLElement);
  #opener = byId("open-sidebar", HTMLButtonElement);
  #closer = byId("close-sidebar", HTMLButtonElement);

  constructor() {
    this.#opener.addEventListener("click", () => this.#set(true));
    this.#closer.addEventListener("click", () => this.close());
    byId("backdrop", HTMLElement).addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.close();
    });
  }

  close() {
    if (!this.#open) return;
    this.#set(false);
    this.#opener.focus();
  }

  get #open() {
    return this.#chat.classList.contains("drawer-open");
  }

  /** What lies behind the open drawer cannot be reached with the keyboard. @param {boolean} open */
  #set(open) {
    this.#chat.classList.toggle("drawer-open", open);
    this.#opener.setAttribute("aria-expanded", String(open));
    for (const behind of this.#chat.querySelectorAll(".top, .conversation"))
      behind.toggleAttribute("inert", open);
    if (open) this.#closer.focus();
  }
}
