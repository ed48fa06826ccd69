import { maxDelay } from "@sse/core/internal";

/** The standard asks for "a few seconds"; Chromium waits as long. */
export const defaultReconnectionTime = 3000;

/** Milliseconds below which the delay grows with each short connection in a row. */
const minReconnectionTime = 100;

/** Milliseconds after which a connection is no longer short. */
const stableAfter = 5000;

/**
 * The delay before a reconnect: the reconnection time, or more where that is next to none and
 * connections stay short. The standard allows a backoff.
 */
export class ReconnectionDelay {
  readonly #now: () => number;
  #openedAt = Infinity;
  /** The number of short connections in a row. */
  #shortOnes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes that a connection is open. */
  open(): void {
    this.#openedAt = this.#now();
  }

  /** Returns the delay in milliseconds after a connection that has ended, or was never open. */
  next(reconnectionTime: number): number {
    const isStable = this.#now() - this.#openedAt >= stableAfter;
    this.#openedAt = Infinity;
    this.#shortOnes = isStable || reconnectionTime >= minReconnectionTime ? 0 : this.#shortOnes + 1;
    const backoff = this.#shortOnes > 1 ? Math.min(2 ** this.#shortOnes, defaultReconnectionTime) : 0;
    return Math.min(Math.max(reconnectionTime, backoff), maxDelay);
  }
}
