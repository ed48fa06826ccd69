/** How long to wait before each attempt to reconnect. Durations are milliseconds. */
export interface RetryOptions {
  /** The longest wait before the first attempt, unless the server says how long. Default 1,000. */
  initialDelay?: number;
  /** The longest wait that backing off leads to. A server may ask for more. Default 30,000. */
  maxDelay?: number;
  /** By how much the wait grows with each attempt in a row; at least 1. Default 2. */
  factor?: number;
  /**
   * How much of the wait is chance, from 0 to 1. Our own backoff becomes shorter by up to this share; what a server asks for becomes
   * longer by up to half of it. Default 1.
   */
  jitter?: number;
  /** Attempts in a row before the client gives up. 0: none. Default `Infinity`. */
  maxAttempts?: number;
  /** How long a connection must have been open for the attempts to be counted from 0 again. Default 5,000. */
  resetAfter?: number;
}

/** What the server said about when to come back, in milliseconds. */
export interface ServerDelays {
  /** The stream's `retry` field: the wait to back off from, instead of `initialDelay`. */
  readonly retry?: number | undefined;
  /** `Retry-After` of the answer just received: the wait, this once. */
  readonly retryAfter?: number | undefined;
}

/** The longest delay that timers keep; beyond it they fire at once. */
const longestDelay = 2 ** 31 - 1;

/** Options with their defaults. */
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
 * The wait in milliseconds before an attempt. Without word from the server it is exponential backoff with full jitter. A server's
 * wish is never undercut: chance only adds to it, up to half.
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
  // From 0 nothing grows: a server that sends `retry: 0` and fails would be asked without a pause.
  const wish = retryAfter ?? (retry === undefined ? retry : Math.max(retry, grown(retry || attempt - 1)));
  const delay =
    wish === undefined
      ? grown(initialDelay) * (1 - jitter * random)
      : wish + (Math.min(wish, maxDelay) * jitter * random) / 2;
  return Math.min(delay, longestDelay);
}

/** Milliseconds that a `Retry-After` header asks for: seconds or a date (RFC 9110 §10.2.3). `undefined`: nothing that can be read. */
export function parseRetryAfter(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const delay = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}
