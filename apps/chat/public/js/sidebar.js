import { avatar } from "./avatar.js";
import { byId, icon, make, reconcile } from "./dom.js";
import { titleOf } from "./names.js";
import { peopleRows } from "./people.js";

/**
 * @typedef {import("./conversation.js").Kind} Kind
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./conversations.js").Conversations} Conversations
 * @typedef {{ kind: Kind, name: string, unread: number, note?: string, here?: boolean }} Row
 */

/** The list of conversations: everybody, the rooms, and the people with whom one is talking or could be. */
export class Sidebar {
  #everyone = byId("everyone", HTMLUListElement);
  #rooms = byId("rooms", HTMLUListElement);
  #people = byId("people", HTMLUListElement);
  #online = byId("online", HTMLElement);
  #onOpen;

  /** @param {(kind: Kind, name: string) => void} onOpen */
  constructor(onOpen) {
    this.#onOpen = onOpen;
  }

  /** @param {Conversations} conversations @param {readonly string[]} online everybody who is here */
  show(conversations, online) {
    const { everyone, rooms, open } = conversations;
    this.#render(this.#everyone, [everyone], open);
    this.#render(this.#rooms, rooms, open);
    this.#render(this.#people, peopleRows(conversations, online), open);
    this.#online.textContent = `${online.length} online`;
  }

  /** @param {Element} list @param {readonly Row[]} rows @param {Conversation} open */
  #render(list, rows, open) {
    reconcile(
      list,
      rows,
      ({ name }) => name,
      (row) => this.#create(row),
      (element, row) => update(element, row, row.kind === open.kind && row.name === open.name),
    );
  }

  /** @param {Row} row */
  #create({ kind, name }) {
    const label = titleOf({ kind, name });
    const element = make("button", { type: "button", class: "row" });
    element.append(picture(kind, name), make("bdi", { class: "row-name", title: label }, label));
    element.append(make("span", { class: "row-note" }), make("span", { class: "badge" }));
    element.addEventListener("click", () => this.#onOpen(kind, name));
    return make("li", {}, element);
  }
}

/** @param {Kind} kind @param {string} name */
function picture(kind, name) {
  if (kind === "direct") return make("span", { class: "face" }, avatar(name));
  return icon(kind === "room" ? "room" : "everyone");
}

/** @param {HTMLElement} element @param {Row} row @param {boolean} current */
function update(element, { unread, note = "", here }, current) {
  const row = /** @type {HTMLElement} */ (element.firstElementChild);
  const [badge, noteElement] = [...row.children].reverse();
  row.classList.toggle("here", here === true);
  row.classList.toggle("gone", here === false);
  row.classList.toggle("unread", unread > 0);
  if (current) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
  /** @type {HTMLElement} */ (noteElement).textContent = note;
  /** @type {HTMLElement} */ (badge).hidden = unread === 0;
  /** @type {HTMLElement} */ (badge).replaceChildren(
    String(unread),
    make("span", { class: "visually-hidden" }, " unread"),
  );
}
