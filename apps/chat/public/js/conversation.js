/**
 * @typedef {"broadcast" | "room" | "direct"} Kind
 * @typedef {{ type: "message", id: string, from: string, text: string, at: Date, own: boolean, missed: boolean }} MessageItem
 * @typedef {{ type: "missed", count: number }} MissedItem stands above messages that arrived late
 * @typedef {{ type: "gap" }} GapItem stands where messages are missing that the server no longer holds
 * @typedef {MessageItem | MissedItem | GapItem} Item
 */

/** Most items kept. */
const mostItems = 500;

/** What was said to everybody, in a room, or between two people. */
export class Conversation {
  /** @type {Item[]} */
  items = [];
  /** Sent, but not come back over the stream yet. @type {{ id: string, text: string }[]} */
  pending = [];
  /** Messages that came while nobody looked. */
  unread = 0;
  /** Counts the messages of a break while they arrive. @type {MissedItem | undefined} */
  #missed;

  /** @param {Kind} kind @param {string} name the room or the person; empty for everybody */
  constructor(kind, name) {
    this.kind = kind;
    this.name = name;
    this.key = keyOf(kind, name);
  }

  get empty() {
    return this.items.length === 0 && this.pending.length === 0;
  }

  /** @param {MessageItem} item */
  add(item) {
    if (item.missed) this.#countMissed();
    this.items.push(item);
    this.pending = this.pending.filter(({ id }) => id !== item.id);
    if (this.items.length > mostItems) this.items = this.items.slice(-mostItems);
  }

  addGap() {
    this.items.push({ type: "gap" });
  }

  /** Ends a break. @returns {number} how many messages arrived late */
  caughtUp() {
    const count = this.#missed?.count ?? 0;
    this.#missed = undefined;
    return count;
  }

  #countMissed() {
    if (this.#missed === undefined) {
      this.#missed = { type: "missed", count: 0 };
      this.items.push(this.#missed);
    }
    this.#missed.count += 1;
  }
}

/** @param {Kind} kind @param {string} name */
export function keyOf(kind, name) {
  return kind === "broadcast" ? kind : `${kind}:${name}`;
}
