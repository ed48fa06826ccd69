import { byId } from "./dom.js";
import { dayLine, line, messageView, pendingView } from "./message-view.js";

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./conversation.js").Item} Item
 * @typedef {import("./conversation.js").MissedItem} MissedItem
 */

/** Most elements on the page. */
const mostElements = 600;

/** Pixels from the end within which the reader counts as being there. */
const nearBottom = 48;

/** What was said in the open conversation. It stays at the end only for a reader who is at the end. */
export class Thread {
  #scroller = byId("scroller", HTMLElement);
  #list = byId("messages", HTMLOListElement);
  #empty = byId("empty", HTMLElement);
  #toBottom = byId("to-bottom", HTMLButtonElement);
  #toBottomText = byId("to-bottom-text", HTMLElement);
  #emptyView;
  /** @type {Conversation | undefined} */
  #conversation;
  /** The last item that is on the page. @type {Item | undefined} */
  #last;
  /** The count that still grows, with its line. @type {{ item: MissedItem, line: HTMLElement } | undefined} */
  #missed;
  #atBottom = true;
  #newBelow = 0;

  /** @param {(conversation: Conversation) => Node[]} emptyView what to show where nothing has been said yet */
  constructor(emptyView) {
    this.#emptyView = emptyView;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#toBottom.addEventListener("click", () => this.#scrollToBottom());
    const stay = new ResizeObserver(() => this.#atBottom && this.#scrollToBottom());
    stay.observe(this.#scroller);
    stay.observe(this.#list);
  }

  /** @param {Conversation} conversation */
  show(conversation) {
    this.#conversation = conversation;
    this.#last = undefined;
    this.#missed = undefined;
    this.#list.replaceChildren();
    this.#empty.replaceChildren(...this.#emptyView(conversation));
    this.#append(conversation.items);
    this.#finish();
    this.#scrollToBottom();
  }

  /** Brings to the page what has come since. @param {boolean} animated */
  update(animated) {
    if (this.#conversation === undefined) return;
    const { items } = this.#conversation;
    const fresh = items.slice(this.#last === undefined ? 0 : items.lastIndexOf(this.#last) + 1);
    for (const pending of this.#list.querySelectorAll(".pending")) pending.remove();
    for (const element of this.#append(fresh)) element.classList.toggle("fresh", animated);
    this.#finish();
    const own = fresh.at(-1);
    if (this.#atBottom || (own?.type === "message" && own.own)) this.#scrollToBottom();
    else this.#countBelow(fresh.filter(({ type }) => type === "message").length);
  }

  /** @param {readonly Item[]} items @returns {HTMLElement[]} */
  #append(items) {
    const elements = items.flatMap((item) => {
      const views = this.#views(item);
      this.#last = item;
      return views;
    });
    this.#list.append(...elements);
    while (this.#list.children.length > mostElements) this.#list.firstElementChild?.remove();
    return elements;
  }

  /** @param {Item} item @returns {HTMLElement[]} */
  #views(item) {
    if (item.type === "message") return [...dayLine(item, this.#last), messageView(item, this.#last)];
    if (item.type === "gap") return [line("gap", "Some older messages are no longer held")];
    this.#missed = { item, line: line("missed", "") };
    return [this.#missed.line];
  }

  #finish() {
    const { pending = [], empty = true } = this.#conversation ?? {};
    if (this.#missed !== undefined) {
      const { item, line } = this.#missed;
      /** @type {HTMLElement} */ (line.firstElementChild).textContent =
        `Arrived while you were away (${item.count})`;
    }
    this.#list.append(...pending.map(pendingView));
    this.#empty.hidden = !empty;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atBottom = scrollHeight - scrollTop - clientHeight < nearBottom;
    if (this.#atBottom) this.#countBelow(-this.#newBelow);
  }

  #scrollToBottom() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atBottom = true;
    this.#countBelow(-this.#newBelow);
  }

  /** @param {number} more */
  #countBelow(more) {
    this.#newBelow += more;
    this.#toBottom.hidden = this.#newBelow === 0;
    this.#toBottomText.textContent =
      this.#newBelow === 1 ? "1 new message" : `${this.#newBelow} new messages`;
  }
}
