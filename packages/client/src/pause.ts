import type { Timers } from "@sse/core";

/**
 * Begins a wait, and returns what cuts it short. With `untilOnline` it is also over when the device is online again, or the page comes
 * back from the browser's cache.
 */
export function pause(
  milliseconds: number,
  timers: Timers,
  untilOnline: boolean,
  onOver: () => void,
): () => void {
  const events = untilOnline ? ["online", "pageshow"] : [];
  const end = () => {
    timers.clearTimeout(timer);
    for (const name of events) globalThis.removeEventListener?.(name, end);
    onOver();
  };
  const timer = timers.setTimeout(end, milliseconds);
  for (const name of events) globalThis.addEventListener?.(name, end);
  return end;
}
