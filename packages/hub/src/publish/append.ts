import { isSseError } from "@sse/core";
import { withTimeout } from "@sse/core/internal";
import type { HubClock } from "../clock.js";
import { appendTimeout } from "../errors.js";
import type { Position } from "../log/position.js";
import { Sleep } from "../sleep.js";

/** Bounds of an append. */
export interface AppendBounds {
  /** Milliseconds until it rejects. `undefined`: no limit, and no retries. */
  readonly timeout: number | undefined;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal | undefined;
  readonly clock: HubClock;
}

/** Milliseconds before each retry, of which up to a half is left out at random. */
const retryDelays = [0, 50, 100, 200, 400, 800];

/**
 * Appends to the log in bounded time. A failure with `log-unavailable`, after which nothing is
 * stored for certain, is retried a few times, so that a log that reconnects or begins a new epoch
 * fails no publish. The first attempt is made before this returns. After a timeout the entry may be
 * stored.
 *
 * @throws {SseError} (as a rejection) the errors of the log, or `append-timeout`; or the signal's
 * reason.
 */
export function appendWithRetries(
  append: () => Promise<Position>,
  { timeout, signal, clock }: AppendBounds,
): Promise<Position> {
  if (timeout === undefined)
    return withTimeout(append(), {
      milliseconds: undefined,
      onTimeout: appendTimeout,
      timers: clock,
      signal,
    });
  const retries = new Retries(append, clock);
  const onTimeout = () => retries.failure ?? appendTimeout(timeout);
  return withTimeout(retries.run(), { milliseconds: timeout, onTimeout, timers: clock, signal }).finally(() =>
    retries.stop(),
  );
}

class Retries {
  /** The failure of the last attempt, while none is in progress. */
  failure: unknown;
  readonly #append: () => Promise<Position>;
  readonly #clock: HubClock;
  readonly #sleep: Sleep;
  #stopped = false;

  constructor(append: () => Promise<Position>, clock: HubClock) {
    this.#append = append;
    this.#clock = clock;
    this.#sleep = new Sleep(clock);
  }

  async run(): Promise<Position> {
    for (const delay of retryDelays) {
      try {
        return await this.#append();
      } catch (error) {
        if (!isSseError(error) || error.code !== "log-unavailable") throw error;
        this.failure = error;
      }
      if (delay > 0) await this.#sleep.for(delay * (1 - this.#clock.random() / 2));
      if (this.#stopped) throw this.failure;
      this.failure = undefined;
    }
    return this.#append();
  }

  stop(): void {
    this.#stopped = true;
    this.#sleep.cancel();
  }
}
