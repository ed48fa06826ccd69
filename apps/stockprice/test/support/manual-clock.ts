import type { Clock } from "../../src/clock.js";

/** A clock that tests advance. */
export interface ManualClock extends Clock {
  /** Advances by a number of seconds. */
  pass(seconds: number): void;
}

/** Makes a clock for a server whose prices change once a second. */
export function manualClock(): ManualClock {
  const callbacks = new Set<() => void>();
  let now = Date.UTC(2026, 0, 5, 9, 30);
  return {
    now: () => now,
    every: (_milliseconds, callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    pass: (seconds) => {
      for (let second = 0; second < seconds; second++) {
        now += 1_000;
        for (const callback of callbacks) callback();
      }
    },
  };
}
