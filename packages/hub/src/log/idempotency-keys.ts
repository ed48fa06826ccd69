import { idempotencyConflict } from "../errors.js";
import { digestEntry } from "./entry-digest.js";
import type { LogEntry, NewLogEntry } from "./event-log.js";
import type { Position } from "./position.js";

/**
 * The maximum size of all remembered keys, in bytes. Beyond it the oldest are forgotten before
 * their time.
 */
const defaultMaxBytes = 16 * 1024 * 1024;

/** Bytes that a key uses beside its characters, roughly. */
const overhead = 200;

interface RememberedKey {
  readonly position: Position;
  /** Of the entry, which itself may be evicted long before its key. */
  readonly digest: string;
  readonly expiresAt: number;
}

/** The idempotency keys of recent appends, each remembered for a fixed time, in bounded memory. */
export class IdempotencyKeys {
  readonly #window: number;
  readonly #maxBytes: number;
  readonly #keys = new Map<string, RememberedKey>();
  #bytes = 0;

  /** @param window milliseconds for which a key is remembered. */
  constructor(window: number, maxBytes: number = defaultMaxBytes) {
    this.#window = window;
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the position of the entry that was appended with the key, if the key is remembered.
   *
   * @throws {SseError} `idempotency-conflict` if the key was used for another entry.
   */
  find(key: string, entry: NewLogEntry, now: number): Position | undefined {
    this.#expire(now);
    const remembered = this.#keys.get(key);
    if (remembered === undefined) return undefined;
    if (remembered.digest !== digestEntry(entry)) throw idempotencyConflict();
    return remembered.position;
  }

  /** Remembers a key that {@link find} has not found. */
  remember(key: string, entry: LogEntry, now: number): void {
    const { position } = entry;
    this.#keys.set(key, { position, digest: digestEntry(entry), expiresAt: now + this.#window });
    this.#bytes += sizeOf(key);
    for (const oldest of this.#keys.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  /** Keys expire in the order in which they were remembered. */
  #expire(now: number): void {
    for (const [key, { expiresAt }] of this.#keys) {
      if (expiresAt > now) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#keys.delete(key);
    this.#bytes -= sizeOf(key);
  }
}

function sizeOf(key: string): number {
  return 2 * key.length + overhead;
}
