import { byId } from "./dom.js";
import { titleOf } from "./names.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */

/** The longest message that the server takes. */
const longest = 2_000;

/** Milliseconds between two notices that one is typing. */
const typingInterval = 2_000;

/** Where one writes. A text leaves the box only when the server has it; each conversation keeps its own draft. */
export class Composer {
  #form = byId("composer", HTMLFormElement);
  #box = byId("message", HTMLTextAreaElement);
  #error = byId("send-error", HTMLElement);
  #counter = byId("counter", HTMLElement);
  #send;
  #onTyping;
  /** @type {Conversation | undefined} */
  #conversation;
  /** @type {Map<Conversation, string>} */
  #drafts = new Map();
  #sending = false;
  #noticedTyping = 0;

  /**
   * @param {(conversation: Conversation, text: string) => Promise<void>} send @param {(conversation: Conversation) => void} onTyping
   */
  constructor(send, onTyping) {
    this.#send = send;
    this.#onTyping = onTyping;
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** @param {Conversation} conversation */
  show(conversation) {
    this.#keepDraft();
    this.#conversation = conversation;
    this.#box.placeholder = `Write to ${conversation.kind === "broadcast" ? "everybody" : titleOf(conversation)}`;
    this.#box.setAttribute("aria-label", this.#box.placeholder);
    this.#error.textContent = "";
    this.write(this.#drafts.get(conversation) ?? "");
  }

  /** Puts a text into the box. @param {string} text */
  write(text) {
    this.#box.value = text;
    this.#fit();
  }

  /** Ready to type, except where that would bring up a keyboard on the screen. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  #keepDraft() {
    if (this.#conversation !== undefined) this.#drafts.set(this.#conversation, this.#box.value);
  }

  #typed() {
    this.#fit();
    this.#error.textContent = "";
    if (this.#conversation === undefined || this.#box.value.trim() === "") return;
    if (Date.now() - this.#noticedTyping < typingInterval) return;
    this.#noticedTyping = Date.now();
    this.#onTyping(this.#conversation);
  }

  /** Enter that ends a composition, as of Japanese, chooses characters. @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  async #submit() {
    const conversation = this.#conversation;
    const text = this.#box.value;
    if (conversation === undefined || text.trim() === "" || this.#sending) return;
    this.#sending = true;
    this.#box.readOnly = true;
    this.#error.textContent = "";
    try {
      await this.#send(conversation, text);
      this.#noticedTyping = 0;
      if (this.#conversation === conversation) this.write("");
      else this.#drafts.delete(conversation);
    } catch (error) {
      this.#error.textContent = `Not sent: ${/** @type {Error} */ (error).message} Your text is still in the box.`;
    } finally {
      this.#sending = false;
      this.#box.readOnly = false;
    }
  }

  /** As high as its text, up to the limit in the style sheet. */
  #fit() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const { length } = this.#box.value;
    this.#counter.hidden = length < longest * 0.9;
    this.#counter.textContent = `${length} of ${longest}`;
  }
}
