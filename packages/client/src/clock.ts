import type { Timers } from "@sse/core";

/** Where a client gets time and chance from. Tests pass their own. */
export interface ClientClock extends Timers {
  /** The time in milliseconds since 1970. */
  now(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The runtime's own, looked up at each call. */
export const systemClock: ClientClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
