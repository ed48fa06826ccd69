import { postTask } from "@sse/core/internal";

/** A handle that the `setTimeout` of a clock returns. */
export type TimerHandle = unknown;

/** Provides time and random numbers to a hub. Tests pass their own. */
export interface HubClock {
  /**
   * The date, in milliseconds. It jumps when the machine's clock is set, so it measures no
   * durations.
   */
  now(): number;
  /** Milliseconds since an arbitrary moment. It never jumps: every duration is measured by it. */
  monotonic(): number;
  setTimeout(callback: () => void, milliseconds: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
  /**
   * Calls back at the end of this tick: after everything that runs now, and the promises that it
   * awaits without input or output.
   */
  defer(callback: () => void): void;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/**
 * The runtime's clock. A macrotask ends the tick, so that awaited publishes in a row still share
 * one write.
 */
export const systemClock: HubClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  defer: postTask,
  random: () => Math.random(),
};

/**
 * Returns a time in milliseconds with up to a half added at random, so that clients do not act all
 * at once.
 */
export function jitter(clock: Pick<HubClock, "random">, milliseconds: number): number {
  return Math.round(milliseconds * (1 + clock.random() / 2));
}
