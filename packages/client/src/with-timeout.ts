import type { Timers } from "@sse/core";

/**
 * Waits, and does something about it when that takes too long. Only waits are timed: while a slow consumer holds the stream up, no time
 * runs.
 *
 * @param limit milliseconds. More than 2147483647, the longest that timers keep, is no limit.
 * @param onOver called when the limit is over: it is to make the wait settle.
 */
export function guarded<T>(wait: Promise<T>, limit: number, timers: Timers, onOver: () => void): Promise<T> {
  if (limit >= 2 ** 31) return wait;
  const timer = timers.setTimeout(onOver, limit);
  return wait.finally(() => timers.clearTimeout(timer));
}
