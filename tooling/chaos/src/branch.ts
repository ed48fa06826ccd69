import type { HeldEntry, Position } from "./evidence.js";

/** An entry that the log is known to have had. */
export interface KnownEntry {
  readonly nonce: string;
  readonly offset: bigint;
  readonly channels: readonly string[];
}

/** Everything that one server held, by its offset. */
export type History = ReadonlyMap<bigint, HeldEntry>;

/**
 * The entries of an epoch, as they are on one server. An epoch has several branches if servers
 * continued from the same entries, each with others.
 */
export class Branch {
  /** In order. */
  readonly entries: readonly KnownEntry[];
  readonly #history: History | undefined;
  readonly #end: bigint;

  /** @param history `undefined` if there was one server only. */
  constructor(entries: readonly KnownEntry[], history: History | undefined) {
    this.entries =
      history === undefined
        ? entries
        : entries.filter(({ offset, nonce }) => history.get(offset)?.nonce === nonce);
    this.#history = history;
    this.#end = [...(history?.keys() ?? [])].reduce((last, offset) => (offset > last ? offset : last), 0n);
  }

  /** Whether a position is of this branch. One without a tag is if the branch reaches that far. */
  contains({ offset, tag }: Position): boolean {
    if (this.#history === undefined) return true;
    if (tag === undefined) return offset <= this.#end;
    return this.#history.get(offset)?.tag === tag;
  }

  /** Returns the entries after one offset, up to and including another. */
  within(after: bigint, through: bigint): readonly KnownEntry[] {
    return this.entries.slice(this.#countThrough(after), this.#countThrough(through));
  }

  /** Counts the entries at or before an offset. */
  #countThrough(offset: bigint): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
