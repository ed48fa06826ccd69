import type { StoredMessage } from "../entry-codec.js";

/** The maximum size of the cached messages, in bytes of payload and an allowance for the rest. */
const maxBytes = 8 * 1_024 * 1_024;

/** Bytes that a message costs beside its payload. */
const overhead = 512;

/**
 * Milliseconds for which a message is used without asking for it again: it may have been evicted.
 */
const maxAge = 2_000;

interface Cached {
  readonly message: Promise<StoredMessage | undefined>;
  readonly since: number;
  /** 0 until it has been read. */
  bytes: number;
}

/**
 * Keeps messages for a moment, so that readers that catch up over the same stretch share their
 * reads.
 */
export class MessageCache {
  readonly #messages = new Map<number, Cached>();
  readonly #now: () => number;
  #bytes = 0;
  #epoch = "";

  /** @param now a monotonic time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the message at a sequence of an epoch, by `read` unless it is cached or on its way. */
  get(
    epoch: string,
    sequence: number,
    read: () => Promise<StoredMessage | undefined>,
  ): Promise<StoredMessage | undefined> {
    if (epoch !== this.#epoch) this.#clear(epoch);
    const cached = this.#messages.get(sequence);
    if (cached !== undefined && this.#now() - cached.since < maxAge) return cached.message;
    if (cached !== undefined) this.#delete(sequence, cached);
    return this.#add(sequence, read());
  }

  #add(sequence: number, message: Promise<StoredMessage | undefined>): Promise<StoredMessage | undefined> {
    const cached: Cached = { message, since: this.#now(), bytes: 0 };
    this.#messages.set(sequence, cached);
    message.then(
      (found) => this.#account(sequence, cached, found),
      () => this.#delete(sequence, cached),
    );
    return message;
  }

  #account(sequence: number, cached: Cached, message: StoredMessage | undefined): void {
    if (this.#messages.get(sequence) !== cached) return;
    if (message === undefined) {
      this.#messages.delete(sequence);
      return;
    }
    cached.bytes = message.payload.byteLength + overhead;
    this.#bytes += cached.bytes;
    for (const [oldest, entry] of this.#messages) {
      if (this.#bytes <= maxBytes) return;
      this.#delete(oldest, entry);
    }
  }

  #delete(sequence: number, cached: Cached): void {
    if (this.#messages.get(sequence) !== cached) return;
    this.#messages.delete(sequence);
    this.#bytes -= cached.bytes;
  }

  #clear(epoch: string): void {
    this.#messages.clear();
    this.#bytes = 0;
    this.#epoch = epoch;
  }
}
