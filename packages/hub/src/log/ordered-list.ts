/**
 * Removed items that stay in the array until it is compacted; below this the copy is not worth it.
 */
const minCompaction = 32;

/**
 * A list in the order of an offset: items are added at the end and removed mostly at the beginning.
 * Both cost O(1) on average, and a lookup costs O(log n), however many items there are.
 */
export class OrderedList<T> {
  readonly #offsetOf: (item: T) => number;
  #items: T[] = [];
  #first = 0;
  /** Items after the first that have been removed. */
  #removed: Set<T> | undefined;

  /** @param offsetOf returns an item's offset; no two items have the same. */
  constructor(offsetOf: (item: T) => number) {
    this.#offsetOf = offsetOf;
  }

  get size(): number {
    return this.#items.length - this.#first - (this.#removed?.size ?? 0);
  }

  /** The item with the lowest offset. */
  get oldest(): T | undefined {
    return this.#items[this.#first];
  }

  /** Adds an item whose offset is higher than all others. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Adds items whose offsets are lower than all others, lowest first. */
  prepend(items: readonly T[]): void {
    this.#items = [...items, ...this.#live()];
    this.#first = 0;
    this.#removed = undefined;
  }

  /** Removes and returns the item with the lowest offset. */
  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first += 1;
    this.#skipRemoved();
    this.#compact();
    return item;
  }

  /** Removes an item; returns whether it was there. */
  remove(item: T): boolean {
    if (item === this.#items[this.#first]) {
      this.shift();
      return true;
    }
    const at = this.#firstAfter(this.#offsetOf(item) - 1);
    if (this.#items[at] !== item || this.#removed?.has(item)) return false;
    this.#removed ??= new Set();
    this.#removed.add(item);
    this.#compact();
    return true;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
    this.#removed = undefined;
  }

  /** Returns at most `limit` items with `after < offset <= through`, lowest first. */
  between(after: number, through: number, limit: number): T[] {
    const found: T[] = [];
    for (let i = this.#firstAfter(after); i < this.#items.length && found.length < limit; i += 1) {
      const item = this.#items[i]!;
      if (this.#offsetOf(item) > through) break;
      if (!this.#removed?.has(item)) found.push(item);
    }
    return found;
  }

  /** Yields the items with `after < offset <= through`, lowest first. */
  *ascending(after: number, through: number): Iterable<T> {
    for (let i = this.#firstAfter(after); i < this.#items.length; i += 1) {
      const item = this.#items[i]!;
      if (this.#offsetOf(item) > through) return;
      if (!this.#removed?.has(item)) yield item;
    }
  }

  /** Yields the items with offsets up to `through`, highest first. */
  *descending(through: number): Iterable<T> {
    for (let i = this.#firstAfter(through) - 1; i >= this.#first; i -= 1) {
      const item = this.#items[i]!;
      if (!this.#removed?.has(item)) yield item;
    }
  }

  /** The index of the first item with a higher offset. */
  #firstAfter(offset: number): number {
    let low = this.#first;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offsetOf(this.#items[middle]!) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #skipRemoved(): void {
    const removed = this.#removed;
    if (removed === undefined) return;
    while (this.#first < this.#items.length && removed.delete(this.#items[this.#first]!)) this.#first += 1;
  }

  /**
   * Copies the live items once the others are as many, so that each removal pays for one copied
   * item.
   */
  #compact(): void {
    const dead = this.#items.length - this.size;
    if (dead < minCompaction || dead < this.size) return;
    this.#items = this.#live();
    this.#first = 0;
    this.#removed = undefined;
  }

  #live(): T[] {
    const items = this.#items.slice(this.#first);
    const removed = this.#removed;
    return removed === undefined || removed.size === 0 ? items : items.filter((item) => !removed.has(item));
  }
}
