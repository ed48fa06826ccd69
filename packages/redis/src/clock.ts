import type { HubClock } from "@sse/hub/log";

/** Where a log gets time and chance from. Tests pass their own. */
export type RedisLogClock = Pick<HubClock, "setTimeout" | "clearTimeout" | "random">;

export const systemClock: RedisLogClock = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

/** What a promise settles to, unless that takes too long: then `late` is called, and what it returns is thrown. */
export function within<T>(
  clock: RedisLogClock,
  milliseconds: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), milliseconds);
    const settle =
      <Value>(how: (value: Value) => void) =>
      (value: Value) => {
        clock.clearTimeout(timer);
        how(value);
      };
    promise.then(settle(resolve), settle(reject));
  });
}
