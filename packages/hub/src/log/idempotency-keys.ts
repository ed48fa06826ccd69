import { idempotencyConflict } from "../errors.js";
import type { LogEntry, NewLogEntry } from "./event-log.js";
import type { Position } from "./position.js";

/** The idempotency keys of recent appends, each remembered for a fixed time. */
export class IdempotencyKeys {
  readonly #window: number;
  readonly #keys = new Map<string, { entry: LogEntry; expiresAt: number }>();

  /** @param window milliseconds for which a key is remembered. */
  constructor(window: number) {
    this.#window = window;
  }

  /**
   * The position that the key was answered with, if it is remembered.
   *
   * @throws {SseError} `idempotency-conflict` if the key was used for another entry.
   */
  find(key: string, entry: NewLogEntry, now: number): Position | undefined {
    this.#expire(now);
    const earlier = this.#keys.get(key)?.entry;
    if (earlier === undefined) return undefined;
    if (!sameEntry(earlier, entry)) {
      throw idempotencyConflict();
    }
    return earlier.position;
  }

  remember(key: string, entry: LogEntry, now: number): void {
    this.#keys.set(key, { entry, expiresAt: now + this.#window });
  }

  /** Keys expire in the order in which they came. */
  #expire(now: number): void {
    for (const [key, { expiresAt }] of this.#keys) {
      if (expiresAt > now) return;
      this.#keys.delete(key);
    }
  }
}

function sameEntry(a: NewLogEntry, b: NewLogEntry): boolean {
  return (
    a.event === b.event &&
    a.data === b.data &&
    a.conflateKey === b.conflateKey &&
    a.channels.length === b.channels.length &&
    a.channels.every((channel, i) => channel === b.channels[i])
  );
}
