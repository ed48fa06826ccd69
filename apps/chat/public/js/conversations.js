import { Conversation, keyOf } from "./conversation.js";

/**
 * @typedef {import("./conversation.js").Kind} Kind
 * @typedef {{ Type: Kind, From: string, To: string, Message: string, Timestamp: string }} ChatMessage as the server sends it
 * @typedef {"history" | "missed" | "live"} When how a message came: as history, late after a break, or as it was said
 */

/** All conversations of one person, one of them open. It knows nothing of the page: the views show it. */
export class Conversations {
  /** Whether somebody looks at the open one: the page may be in the background. */
  watched = true;
  /** @type {Conversation} */
  open;
  /** @type {Map<string, Conversation>} */
  #byKey = new Map();
  /** Ids of the messages that are known, for the history of a later connection tells some of them again. @type {Set<string>} */
  #ids = new Set();

  /** @param {string} me @param {readonly string[]} rooms */
  constructor(me, rooms) {
    this.me = me;
    this.everyone = this.at("broadcast", "");
    for (const room of rooms) this.at("room", room);
    this.open = this.everyone;
  }

  get all() {
    return [...this.#byKey.values()];
  }

  get rooms() {
    return this.all.filter(({ kind }) => kind === "room");
  }

  /** In the order in which they began. */
  get people() {
    return this.all.filter(({ kind }) => kind === "direct");
  }

  get unread() {
    return this.all.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** The conversation with a room or a person; it begins now if there is none. @param {Kind} kind @param {string} name */
  at(kind, name) {
    const key = keyOf(kind, name);
    const conversation = this.#byKey.get(key) ?? new Conversation(kind, name);
    this.#byKey.set(key, conversation);
    return conversation;
  }

  /** Leaves a room. @param {Conversation} conversation */
  remove(conversation) {
    this.#byKey.delete(conversation.key);
    if (this.open === conversation) this.show(this.everyone);
  }

  /** @param {Conversation} conversation */
  show(conversation) {
    this.open = conversation;
    conversation.unread = 0;
  }

  /** Whether somebody looks at the open conversation. @param {boolean} watched */
  watch(watched) {
    this.watched = watched;
    if (watched) this.open.unread = 0;
  }

  /**
   * Takes a message that came over the stream.
   *
   * @param {ChatMessage} message @param {string} id @param {When} when
   * @returns {Conversation | undefined} the conversation that has it now; none if it was known
   */
  take({ Type, From, To, Message, Timestamp }, id, when) {
    if (this.#ids.has(id)) return undefined;
    this.#ids.add(id);
    const own = From === this.me;
    const conversation = this.at(Type, Type === "direct" && !own ? From : To);
    const missed = when === "missed" && !own;
    conversation.add({
      type: "message",
      id,
      from: From,
      text: Message,
      at: new Date(Timestamp),
      own,
      missed,
    });
    const seen = own || when === "history" || (this.watched && conversation === this.open);
    if (!seen) conversation.unread += 1;
    return conversation;
  }

  /** Notes what the server has accepted, until it comes over the stream. @param {Conversation} conversation @param {string} id @param {string} text */
  sent(conversation, id, text) {
    if (!this.#ids.has(id)) conversation.pending.push({ id, text });
  }

  /** Notes that the server no longer holds some older messages; nobody can say in which conversations. */
  gap() {
    for (const conversation of this.all)
      if (!conversation.empty || conversation === this.open) conversation.addGap();
  }

  /** Ends a break. @returns {number} how many messages arrived late, in all conversations */
  caughtUp() {
    return this.all.reduce((sum, conversation) => sum + conversation.caughtUp(), 0);
  }
}
