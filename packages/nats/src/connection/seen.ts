/** A sequence and the tag of the entry there. */
export interface TaggedSequence {
  readonly sequence: number;
  readonly tag: string;
}

/** The state of an epoch as it was seen up to a moment. */
export interface SeenState {
  /** The highest sequence; 0 if none was seen. */
  readonly through: number;
  /** The last entry. */
  readonly last: TaggedSequence | undefined;
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

  /** Starts to record an epoch, or continues. The one before is left for good. */
  enter(epoch: string): void {
    if (epoch === this.#epoch) return;
    if (this.#epoch !== "") this.#left.add(this.#epoch);
    for (const oldest of this.#left) {
      if (this.#left.size <= maxLeft) break;
      this.#left.delete(oldest);
    }
    this.#epoch = epoch;
    this.#through = 0;
    this.#last = undefined;
  }

  /**
   * Records a sequence that the stream has reached, and the tag of the entry there where it is
   * known. A late answer of an epoch that was left changes nothing.
   */
  record(epoch: string, sequence: number, tag?: string): void {
    if (epoch !== this.#epoch) return;
    if (sequence > this.#through) this.#through = sequence;
    if (tag !== undefined && sequence > (this.#last?.sequence ?? 0)) this.#last = { sequence, tag };
  }

  /** Returns the highest sequence that was seen in an epoch, or 0. */
  through(epoch: string): number {
    return epoch === this.#epoch ? this.#through : 0;
  }

  /** Returns what was seen of an epoch up to now. */
  state(epoch: string): SeenState {
    return { through: this.through(epoch), last: epoch === this.#epoch ? this.#last : undefined };
  }

  /** Whether this process has left an epoch for another one. It must not return to it. */
  hasLeft(epoch: string): boolean {
    return this.#left.has(epoch);
  }
}
