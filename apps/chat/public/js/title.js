import { avatar } from "./avatar.js";
import { byId, icon } from "./dom.js";
import { bot, fixedRooms, titleOf } from "./names.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */

/** What the open conversation is called, and who gets what is said in it. */
export class Title {
  #icon = byId("title-icon", HTMLElement);
  #title = byId("title", HTMLElement);
  #subtitle = byId("subtitle", HTMLElement);
  #leaveRoom = byId("leave-room", HTMLButtonElement);

  /** @param {() => void} onLeaveRoom */
  constructor(onLeaveRoom) {
    this.#leaveRoom.addEventListener("click", onLeaveRoom);
  }

  /** @param {Conversation} conversation @param {readonly string[]} online @param {string} me */
  show(conversation, online, me) {
    const { kind, name } = conversation;
    this.#icon.replaceChildren(
      kind === "direct" ? avatar(name) : icon(kind === "room" ? "room" : "everyone"),
    );
    this.#title.textContent = titleOf(conversation);
    this.#subtitle.textContent = subtitle(conversation, online, me);
    this.#leaveRoom.hidden = kind !== "room" || fixedRooms.includes(name);
  }
}

/** @param {Conversation} conversation @param {readonly string[]} online @param {string} me */
function subtitle({ kind, name }, online, me) {
  if (kind === "broadcast") return "Reaches everybody, in every room";
  if (kind === "room") return "Reaches those who are in this room";
  if (name === me) return "Notes to yourself, in all your tabs";
  if (name === bot) return "A bot on the server; it answers what you write";
  if (online.includes(name)) return "Here now; only the two of you get this";
  return "Not here now; finds your messages on coming back";
}
