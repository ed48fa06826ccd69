import { SseError } from "./errors.js";

/** The two timer functions that this toolkit uses, so that tests can bring their own time. */
export interface Timers {
  /** Calls back once after so many milliseconds. The result is only handed to {@link Timers.clearTimeout}. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  /** Cancels a timer; does nothing for one that has fired. */
  clearTimeout(timer: unknown): void;
}

/** The runtime's timers, looked up at each call so that a test's fake ones are seen. */
export const systemTimers: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** The longest delay that timers keep; beyond it they fire at once. */
const longestDelay = 2 ** 31 - 1;

/**
 * Returns a delay that a timer keeps.
 *
 * @throws {SseError} `invalid-option` unless it is from 0 to 2147483647 milliseconds.
 */
export function checkedDelay(option: string, milliseconds: number): number {
  if (milliseconds >= 0 && milliseconds <= longestDelay) return milliseconds;
  throw new SseError(
    "invalid-option",
    `${option} is ${milliseconds}: give 0 (none) to ${longestDelay} milliseconds, the longest that timers keep`,
    { field: option },
  );
}
