import { maxDelay as maxTimerDelay } from "@sse/core/internal";

/** The delays before attempts to reconnect. Durations are milliseconds. */
export interface RetryOptions {
  /** The maximum delay before the first attempt, unless the server sets one. Default 1,000. */
  initialDelay?: number;
  /** The maximum delay of the backoff. A server may ask for more. Default 30,000. */
  maxDelay?: number;
  /** The factor by which the delay grows with each attempt in a row; at least 1. Default 2. */
  factor?: number;
  /**
   * The random share of the delay, from 0 to 1. The client's own backoff becomes shorter by up to
   * this share; a delay that the server sets becomes longer by up to half of it. Default 1.
   */
  jitter?: number;
  /** The maximum number of attempts in a row. 0: none. Default `Infinity`. */
  maxAttempts?: number;
  /**
   * The time after which a connection is stable: attempts are counted from 0 again. Default 5,000.
   */
  resetAfter?: number;
}

/** The delays that a server asks for, in milliseconds. */
export interface ServerDelays {
  /** The stream's `retry` field: the base of the backoff, instead of `initialDelay`. */
  readonly retry?: number | undefined;
  /** `Retry-After` of the last response: the delay of the next attempt only. */
  readonly retryAfter?: number | undefined;
}

/** Returns the options with their defaults. */
export function retryPlan(options: RetryOptions | false = {}): Required<RetryOptions> {
  return {
    initialDelay: 1_000,
    maxDelay: 30_000,
    factor: 2,
    jitter: 1,
    maxAttempts: Infinity,
    resetAfter: 5_000,
    ...(options || { maxAttempts: 0 }),
  };
}

/**
 * Returns the delay in milliseconds before an attempt. Without a delay from the server it is
 * exponential backoff with full jitter. A server's delay is never undercut: jitter makes it longer,
 * by up to half.
 *
 * @param attempt 1 for the first in a row.
 * @param random from 0 up to 1.
 */
export function retryDelay(
  attempt: number,
  { retry, retryAfter }: ServerDelays,
  { initialDelay, maxDelay, factor, jitter }: Required<RetryOptions>,
  random: number,
): number {
  const grown = (base: number) => base && Math.min(maxDelay, base * factor ** (attempt - 1));
  // 0 does not grow: a server that sends `retry: 0` and fails would receive requests without a
  // delay.
  const asked = retryAfter ?? (retry === undefined ? retry : Math.max(retry, grown(retry || attempt - 1)));
  const delay =
    asked === undefined
      ? grown(initialDelay) * (1 - jitter * random)
      : asked + (Math.min(asked, maxDelay) * jitter * random) / 2;
  return Math.min(delay, maxTimerDelay);
}

/**
 * Returns the milliseconds of a `Retry-After` header: seconds or a date (RFC 9110 §10.2.3);
 * `undefined` for an unreadable one.
 */
export function parseRetryAfter(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const delay = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}
