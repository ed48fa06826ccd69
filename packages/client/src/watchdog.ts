import { SseError, type Timers } from "@sse/core";

/**
 * Waits for the server, but not for longer than a limit. Only waits are timed: while a slow consumer holds the stream up, no time runs.
 *
 * @param limit milliseconds. Anything but 1 to 2147483647, the longest that timers keep, is no limit.
 * @throws {SseError} `idle` when it takes too long.
 */
export function guarded<T>(wait: Promise<T>, limit: number, timers: Timers): Promise<T> {
  if (!(limit > 0 && limit < 2 ** 31)) return wait;
  return new Promise((resolve, reject) => {
    const expire = () => reject(new SseError("idle", `nothing came for ${limit} ms`));
    const timer = timers.setTimeout(expire, limit);
    wait.then(resolve, reject).finally(() => timers.clearTimeout(timer));
  });
}
