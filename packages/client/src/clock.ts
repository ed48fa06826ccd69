import { systemTimers, type Timers } from "@sse/core/internal";

/** Provides a client with time and random numbers. Tests pass their own. */
export interface ClientClock extends Timers {
  /** Returns the time in milliseconds since 1970. */
  now(): number;
  /** Returns a number from 0 up to, but not including, 1. */
  random(): number;
}

/**
 * The runtime's clock. Every function is looked up at each call, so that a test's fake one is used.
 */
export const systemClock: ClientClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  ...systemTimers,
};
