/** The two timer functions that this toolkit uses. Tests pass their own. */
export interface Timers {
  /**
   * Calls back once after `milliseconds`. The result is only passed to {@link Timers.clearTimeout}.
   */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  /** Cancels a timer; does nothing for one that has fired. */
  clearTimeout(timer: unknown): void;
}

/** The runtime's timers, looked up at each call so that a test's fake ones are used. */
export const systemTimers: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** The maximum delay of a runtime's timer, in milliseconds. A longer one fires at once. */
export const maxDelay: number = 2 ** 31 - 1;
