import { systemTimers, type Timers } from "@sse/core/internal";

/** Provides a client with time and random numbers. Tests pass their own. */
export interface ClientClock extends Timers {
  /** Returns a time in milliseconds that only moves forward, such as `performance.now()`. */
  now(): number;
  /** Returns a number from 0 up to, but not including, 1. */
  random(): number;
}

/**
 * The runtime's clock. Every function is looked up at each call, so that a test's fake one is used.
 */
export const systemClock: ClientClock = {
  now: () => performance.now(),
  random: () => Math.random(),
  ...systemTimers,
};
