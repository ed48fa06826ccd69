import type { Timers } from "@sse/core";
import type { TimerHandle } from "./clock.js";

/** Milliseconds within which deadlines are processed together. */
const resolution = 1_000;

/**
 * Calls back when the deadline of an item has passed, with one timer for all items. An item may be
 * up to a second late, never early.
 */
export class Deadlines<Item> {
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #onDue: (item: Item) => void;
  /** Items by the second in which they are due. */
  readonly #slots = new Map<number, Set<Item>>();
  #timer: TimerHandle | undefined;

  /** @param now the clock of the deadlines: a date, or a monotonic time. */
  constructor(timers: Timers, now: () => number, onDue: (item: Item) => void) {
    this.#timers = timers;
    this.#now = now;
    this.#onDue = onDue;
  }

  /**
   * Adds an item.
   *
   * @param at the deadline, by the clock of the deadlines.
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
    return this.#timers.setTimeout(() => this.#expire(), resolution - (this.#now() % resolution));
  }

  #expire(): void {
    const now = Math.floor(this.#now() / resolution);
    const due = [...this.#slots.keys()].filter((slot) => slot <= now);
    const items = due.flatMap((slot) => [...(this.#slots.get(slot) ?? [])]);
    for (const slot of due) this.#slots.delete(slot);
    this.#timer = this.#slots.size > 0 ? this.#wait() : undefined;
    for (const item of items) this.#onDue(item);
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
