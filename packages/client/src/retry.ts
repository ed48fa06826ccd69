import { maxDelay as maxTimerDelay } from "@sse/core/internal";
import type { Forms } from "./forms.js";

/** The delays before attempts to reconnect. Durations are milliseconds. */
export interface RetryOptions {
  /** The maximum delay before the first attempt, unless the server sets one. Default 1,000. */
  initialDelay?: number | undefined;
  /** The maximum delay of the backoff. A server may ask for more. Default 30,000. */
  maxDelay?: number | undefined;
  /** The factor by which the delay grows with each attempt in a row; at least 1. Default 2. */
  factor?: number | undefined;
  /**
   * The random share of the delay, from 0 to 1. The client's own backoff becomes shorter by up to
   * this share; a delay that the server sets becomes longer by up to half of it. Default 1.
   */
  jitter?: number | undefined;
  /** The maximum number of attempts in a row. 0: none. Default `Infinity`. */
  maxAttempts?: number | undefined;
  /**
   * The time after which a connection is stable: attempts are counted from 0 again. Default 5,000.
   */
  resetAfter?: number | undefined;
}

/** The options of {@link RetryOptions}, with their defaults. */
export type RetryPlan = Record<keyof RetryOptions, number>;

/** The delays that a server asks for, in milliseconds. */
export interface ServerDelays {
  /** The stream's `retry` field: the base of the backoff, instead of `initialDelay`. */
  readonly retry?: number | undefined;
  /** `Retry-After` of the last response: the minimum delay of the next attempt only. */
  readonly retryAfter?: number | undefined;
}

const defaults: RetryPlan = {
  initialDelay: 1_000,
  maxDelay: 30_000,
  factor: 2,
  jitter: 1,
  maxAttempts: Infinity,
  resetAfter: 5_000,
};

/** The forms of {@link RetryOptions}. */
export const retryForms: Forms<keyof RetryOptions> = Object.assign(
  Object.fromEntries(Object.keys(defaults).map((name) => [name, "a number from 0 to Infinity"])),
  { factor: "a number from 1 to Infinity", jitter: "a number from 0 to 1" },
) as Forms<keyof RetryOptions>;

/** Returns the options with their defaults. */
export function retryPlan(options: RetryOptions | false = {}): RetryPlan {
  const plan: RetryPlan = { ...defaults };
  for (const [name, value] of Object.entries(options || { maxAttempts: 0 })) {
    plan[name as keyof RetryPlan] = value ?? plan[name as keyof RetryPlan];
  }
  return plan;
}

/**
 * Returns the delay in milliseconds before an attempt: exponential backoff with full jitter. A
 * delay that the server sets is never undercut, as jitter makes it longer, by up to half; and
 * `Retry-After` is no less than the backoff.
 *
 * @param attempt 1 for the first in a row.
 * @param random from 0 up to 1.
 */
export function retryDelay(
  attempt: number,
  { retry, retryAfter = 0 }: ServerDelays,
  { initialDelay, maxDelay, factor, jitter }: RetryPlan,
  random: number,
): number {
  // 0 does not grow: without a delay, a failing server would receive one request after the other.
  const base = (retry ?? initialDelay) || attempt - 1;
  const grown = Math.min(maxDelay, base * factor ** (attempt - 1));
  const longer = (delay: number) => delay + (Math.min(delay, maxDelay) * jitter * random) / 2;
  const backoff = retry === undefined ? grown * (1 - jitter * random) : longer(Math.max(retry, grown));
  return Math.min(Math.max(backoff, longer(retryAfter)), maxTimerDelay);
}

/**
 * Returns the milliseconds that the headers of a response ask to wait; `undefined`: they do not.
 */
export function retryAfterOf(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  // The server's date, where it is readable: this clock may be wrong.
  return parseRetryAfter(headers?.["retry-after"], Date.parse(headers?.["date"] ?? "") || Date.now());
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
