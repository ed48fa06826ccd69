/** Ascending stream sequences: added at the end, dropped mostly at the start. */
export class Sequences {
  #items: number[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** The lowest sequence, `undefined` if there is none. */
  get oldest(): number | undefined {
    return this.#items[this.#first];
  }

  /** The highest sequence, `undefined` if there is none. */
  get newest(): number | undefined {
    return this.size === 0 ? undefined : this.#items.at(-1);
  }

  push(sequence: number): void {
    this.#items.push(sequence);
  }

  /**
   * Drops the lowest. The array is cut once more than half of it is unused, so a drop costs O(1) on
   * average.
   */
  shift(): void {
    this.#first += 1;
    if (this.#first < 32 || this.#first * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }

  /** Drops a sequence, if it is there. */
  remove(sequence: number): void {
    const at = this.#firstAfter(sequence - 1);
    if (this.#items[at] === sequence) this.#items.splice(at, 1);
  }

  /** Returns at most `limit` sequences with `after < sequence <= through`, lowest first. */
  between(after: number, through: number, limit: number): number[] {
    const from = this.#firstAfter(after);
    return this.#items.slice(from, Math.min(this.#firstAfter(through), from + limit));
  }

  /** Yields the sequences with `after < sequence <= through`, lowest first. */
  *ascending(after: number, through: number): Iterable<number> {
    for (let i = this.#firstAfter(after); i < this.#items.length; i += 1) {
      const sequence = this.#items[i]!;
      if (sequence > through) return;
      yield sequence;
    }
  }

  /** Yields the sequences up to `through`, highest first. */
  *descending(through: number): Iterable<number> {
    for (let i = this.#firstAfter(through) - 1; i >= this.#first; i -= 1) yield this.#items[i]!;
  }

  #firstAfter(sequence: number): number {
    let low = this.#first;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#items[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
