import type { Channel, RunChannel } from "./channel.js";
import type { LogEntry } from "./event-log.js";
import { EvictionHistory } from "./eviction-history.js";
import { type IndexedEntry, type MemoryIndex, sizeOfEntry } from "./memory-page.js";

/** The entries of one run. */
interface RunEntries {
  readonly entries: LogEntry[];
  /** The offset of each entry. Beside them, because a run has thousands of small ones. */
  readonly offsets: number[];
  bytes: number;
}

/** The entries of runs, of which nothing is evicted until a run is released as a whole. */
export class RunIndex implements MemoryIndex {
  readonly #runs = new Map<Channel, RunEntries>();
  readonly #released = new EvictionHistory();
  #bytes = 0;

  /** The size of all runs together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the newest entry of a run. */
  newest(channel: RunChannel): LogEntry | undefined {
    return this.#runs.get(channel)?.entries.at(-1);
  }

  /** Adds an entry with a higher offset than all others. */
  add(channel: RunChannel, entry: LogEntry, offset: number): void {
    let run = this.#runs.get(channel);
    if (run === undefined) {
      run = { entries: [], offsets: [], bytes: 0 };
      this.#runs.set(channel, run);
      this.#released.hold(channel);
    }
    run.entries.push(entry);
    run.offsets.push(offset);
    const bytes = sizeOfEntry(entry);
    run.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Removes a run. */
  release(channel: RunChannel): void {
    const run = this.#runs.get(channel);
    if (run === undefined) return;
    this.#runs.delete(channel);
    this.#bytes -= run.bytes;
    this.#released.record(channel, run.offsets.at(-1)!);
    this.#released.release(channel);
  }

  /** Removes all runs, and records nothing. */
  clear(): void {
    this.#runs.clear();
    this.#bytes = 0;
  }

  collect(channels: ReadonlySet<Channel>, after: number, through: number, limit: number): IndexedEntry[] {
    const lists = this.#runsOf(channels).map((run) => {
      const first = firstAfter(run.offsets, after);
      return between(run, first, Math.min(firstAfter(run.offsets, through), first + limit));
    });
    return merge(lists).slice(0, limit);
  }

  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number {
    const lists = this.#runsOf(channels).map((run) => {
      const end = firstAfter(run.offsets, through);
      return between(run, Math.max(0, end - count), end);
    });
    const newest = merge(lists);
    const oldest = newest[Math.max(0, newest.length - count)];
    return count === 0 || oldest === undefined ? through : oldest.offset - 1;
  }

  get evictions(): string {
    return this.#released.token;
  }

  hasEvicted(channels: ReadonlySet<Channel>, after: number, since?: string): boolean {
    return this.#released.hasEvicted(channels, after, since);
  }

  #runsOf(channels: ReadonlySet<Channel>): RunEntries[] {
    return [...channels].map((channel) => this.#runs.get(channel)).filter((run) => run !== undefined);
  }
}

/** Returns the index of the first offset that is higher. */
function firstAfter(offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function between({ entries, offsets }: RunEntries, first: number, end: number): IndexedEntry[] {
  const found: IndexedEntry[] = [];
  for (let i = first; i < end; i += 1) {
    const entry = entries[i]!;
    found.push({ entry, offset: offsets[i]!, bytes: sizeOfEntry(entry) });
  }
  return found;
}

/** Merges the entries of several runs, oldest first. */
function merge(lists: IndexedEntry[][]): IndexedEntry[] {
  return lists.length <= 1 ? (lists[0] ?? []) : lists.flat().sort((a, b) => a.offset - b.offset);
}
