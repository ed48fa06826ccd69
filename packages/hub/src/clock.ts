/** A handle that a clock's `setTimeout` returned. */
export type TimerHandle = unknown;

/** Where a hub gets time and chance from. Tests pass their own. */
export interface HubClock {
  /** The time in milliseconds. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
  /** Calls back at the end of this tick: after all that runs now and all that it awaits without input or output. */
  defer(callback: () => void): void;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The runtime's own clock. A macrotask ends the tick, so that awaited publishes in a row still share one write. */
export const systemClock: HubClock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  defer: (callback) => {
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
    if (setImmediate === undefined) setTimeout(callback, 0);
    else setImmediate(callback);
  },
  random: () => Math.random(),
};
