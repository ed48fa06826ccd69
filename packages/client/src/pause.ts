import type { Timers } from "@sse/core";
import { deferred } from "./deferred.js";

/** A wait that can be cut short. */
export interface Pause {
  readonly over: Promise<void>;
  end(): void;
}

/** Begins a wait. With `untilOnline` it also ends when the device is online again, or the page comes back from the browser's cache. */
export function pause(milliseconds: number, timers: Timers, untilOnline: boolean): Pause {
  const events = untilOnline ? ["online", "pageshow"] : [];
  const { promise: over, resolve } = deferred<void>();
  const end = () => {
    timers.clearTimeout(timer);
    for (const name of events) globalThis.removeEventListener?.(name, end);
    resolve();
  };
  const timer = timers.setTimeout(end, milliseconds);
  for (const name of events) globalThis.addEventListener?.(name, end);
  return { over, end };
}
