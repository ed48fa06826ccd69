import type { Timers } from "@sse/core";

/**
 * Waits for the server, and calls back when that takes too long. Only waits are timed: while a slow consumer holds the stream up, no
 * time runs.
 *
 * @param limit milliseconds. Anything but 1 to 2147483647, the longest that timers keep, is no limit.
 */
export async function guarded<T>(
  wait: Promise<T>,
  limit: number,
  timers: Timers,
  onExpired: () => void,
): Promise<T> {
  if (!(limit > 0 && limit < 2 ** 31)) return wait;
  const timer = timers.setTimeout(onExpired, limit);
  try {
    return await wait;
  } finally {
    timers.clearTimeout(timer);
  }
}
