/** A sequence and the tag of the entry there. */
export interface TaggedSequence {
  readonly sequence: number;
  readonly tag: string;
}

/** The number of left epochs that are remembered. */
const maxLeft = 100;

/**
 * Remembers how far this process has seen the stream in an epoch, so that a history that changed is
 * noticed.
 */
export class Seen {
  #epoch = "";
  #through = 0;
  #last: TaggedSequence | undefined;
  readonly #left = new Set<string>();

  /**
   * Records a sequence that the stream has reached, and the tag of the entry there where it is
   * known.
   */
  record(epoch: string, sequence: number, tag?: string): void {
    if (epoch !== this.#epoch) this.#enter(epoch);
    if (sequence > this.#through) this.#through = sequence;
    if (tag !== undefined && sequence > (this.#last?.sequence ?? 0)) this.#last = { sequence, tag };
  }

  /** Returns the highest sequence that was seen in an epoch, or 0. */
  through(epoch: string): number {
    return epoch === this.#epoch ? this.#through : 0;
  }

  /** Returns the last entry that was seen in an epoch. */
  last(epoch: string): TaggedSequence | undefined {
    return epoch === this.#epoch ? this.#last : undefined;
  }

  /** Whether this process has left an epoch for another one. It must not return to it. */
  hasLeft(epoch: string): boolean {
    return this.#left.has(epoch);
  }

  #enter(epoch: string): void {
    if (this.#epoch !== "") this.#left.add(this.#epoch);
    for (const oldest of this.#left) {
      if (this.#left.size <= maxLeft) break;
      this.#left.delete(oldest);
    }
    this.#epoch = epoch;
    this.#through = 0;
    this.#last = undefined;
  }
}
