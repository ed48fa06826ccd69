import type { LogEntry } from "@sse/hub/log";

/** A message of the stream that has been read. */
export interface StoredEntry {
  readonly tag: string;
  /** `undefined` for a message that is no entry. */
  readonly entry: LogEntry | undefined;
  /** The size of its data, topics and keys in bytes. */
  readonly bytes: number;
}

/** The maximum size of the cached entries, in bytes of data and an allowance for the rest. */
const maxBytes = 8 * 1_024 * 1_024;

/** Bytes that an entry costs beside its data. */
const overhead = 512;

/**
 * Milliseconds for which an entry is used without asking for it again: it may have been evicted.
 */
const maxAge = 2_000;

interface Cached {
  readonly since: number;
  /** The promise until it has been read. */
  result: StoredEntry | Promise<StoredEntry | undefined>;
  /** 0 until it has been read. */
  bytes: number;
}

/**
 * Keeps entries for a moment, so that readers that catch up over the same stretch share them
 * and the frames that the hub has encoded.
 */
export class EntryCache {
  readonly #entries = new Map<number, Cached>();
  readonly #now: () => number;
  #bytes = 0;
  #epoch = "";

  /** @param now a monotonic time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Returns the entry at a sequence of an epoch, by `read` unless it is cached or on its way. A
   * cached one is no promise: a page of them is built without a turn for each.
   */
  get(
    epoch: string,
    sequence: number,
    read: () => Promise<StoredEntry | undefined>,
  ): StoredEntry | Promise<StoredEntry | undefined> {
    if (epoch !== this.#epoch) this.#clear(epoch);
    const cached = this.#entries.get(sequence);
    if (cached !== undefined && this.#now() - cached.since < maxAge) return cached.result;
    if (cached !== undefined) this.#delete(sequence, cached);
    return this.#add(sequence, read());
  }

  #add(sequence: number, reading: Promise<StoredEntry | undefined>): Promise<StoredEntry | undefined> {
    const cached: Cached = { result: reading, since: this.#now(), bytes: 0 };
    this.#entries.set(sequence, cached);
    reading.then(
      (found) => this.#settle(sequence, cached, found),
      () => this.#delete(sequence, cached),
    );
    return reading;
  }

  #settle(sequence: number, cached: Cached, found: StoredEntry | undefined): void {
    if (this.#entries.get(sequence) !== cached) return;
    if (found === undefined) {
      this.#entries.delete(sequence);
      return;
    }
    cached.result = found;
    // Its content, and the frame that the hub keeps beside it.
    cached.bytes = found.bytes * 2 + overhead;
    this.#bytes += cached.bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= maxBytes) return;
      this.#delete(oldest, entry);
    }
  }

  #delete(sequence: number, cached: Cached): void {
    if (this.#entries.get(sequence) !== cached) return;
    this.#entries.delete(sequence);
    this.#bytes -= cached.bytes;
  }

  #clear(epoch: string): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#epoch = epoch;
  }
}
