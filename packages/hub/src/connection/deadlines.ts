import type { HubClock, TimerHandle } from "../clock.js";

/** Milliseconds within which deadlines are processed together. */
const resolution = 1_000;

/**
 * Calls back when the deadline of an item has passed, with one timer for all items. An item may be
 * up to a second late, never early.
 */
export class Deadlines<Item> {
  readonly #clock: HubClock;
  readonly #onDue: (item: Item) => void;
  /** Items by the second in which they are due. */
  readonly #slots = new Map<number, Set<Item>>();
  #timer: TimerHandle | undefined;

  constructor(clock: HubClock, onDue: (item: Item) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /**
   * Adds an item.
   *
   * @param at the deadline, by the clock.
   * @returns a function that removes the item.
   */
  add(item: Item, at: number): () => void {
    const slot = Math.ceil(at / resolution);
    const items = this.#slots.get(slot) ?? new Set();
    this.#slots.set(slot, items.add(item));
    this.#timer ??= this.#wait();
    return () => this.#remove(item, slot);
  }

  #remove(item: Item, slot: number): void {
    const items = this.#slots.get(slot);
    if (items?.delete(item) && items.size === 0) this.#slots.delete(slot);
    if (this.#slots.size === 0) this.#stop();
  }

  #wait(): TimerHandle {
    return this.#clock.setTimeout(() => this.#expire(), resolution - (this.#clock.now() % resolution));
  }

  #expire(): void {
    const now = Math.floor(this.#clock.now() / resolution);
    const due = [...this.#slots.keys()].filter((slot) => slot <= now);
    const items = due.flatMap((slot) => [...(this.#slots.get(slot) ?? [])]);
    for (const slot of due) this.#slots.delete(slot);
    this.#timer = this.#slots.size > 0 ? this.#wait() : undefined;
    for (const item of items) this.#onDue(item);
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
