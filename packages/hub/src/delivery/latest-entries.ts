import type { LogPage } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { ReaderFilter } from "./reader-filter.js";

/**
 * Selects the newest entry of each channel of a filter, and of each conflate key in it. Only the
 * positions are kept, so that a long history costs its keys and not its data.
 */
export class LatestEntries {
  readonly #filter: ReaderFilter;
  readonly #newest = new Map<string, { readonly position: Position; readonly page: number }>();
  /** The position after which each page was read. */
  readonly #pageStarts: Position[] = [];
  #end: Position = "";

  constructor(filter: ReaderFilter) {
    this.#filter = filter;
  }

  /** @param start the position after which the page was read; `""` for the oldest entry. */
  add({ entries, scannedThrough }: LogPage, start: Position): void {
    const page = this.#pageStarts.push(start) - 1;
    for (const entry of entries) {
      if (!this.#filter.matches(entry)) continue;
      const { position, conflateKey = null } = entry;
      for (const channel of entry.channels) {
        if (this.#filter.channels.has(channel))
          this.#newest.set(JSON.stringify([channel, conflateKey]), { position, page });
      }
    }
    this.#end = scannedThrough;
  }

  /** The position after which all selected entries can be read; `undefined` if there are none. */
  get start(): Position | undefined {
    let first = this.#pageStarts.length;
    for (const { page } of this.#newest.values()) first = Math.min(first, page);
    return this.#pageStarts[first];
  }

  /** The position up to which the history has been read. */
  get end(): Position {
    return this.#end;
  }

  /** Returns the positions of the selected entries. */
  positions(): ReadonlySet<Position> {
    return new Set([...this.#newest.values()].map(({ position }) => position));
  }
}
