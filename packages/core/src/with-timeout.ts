import { maxDelay, type Timers } from "./timers.js";

/** Bounds of a wait, see {@link withTimeout}. */
export interface WaitBounds {
  /** Milliseconds to wait. `undefined`, or more than the maximum delay of a timer: no limit. */
  milliseconds: number | undefined;
  /** Makes the error to reject with when the time is up. */
  onTimeout: () => unknown;
  timers: Timers;
  /** Ends the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Settles as `wait` does, unless the time is up or the signal aborts first. The work behind `wait`
 * continues; what it settles with later is ignored. Leaves no timer and no listener behind.
 *
 * @throws (as a rejection) what `wait` rejects with, the error of `onTimeout`, or the signal's
 * reason.
 */
export function withTimeout<T>(wait: Promise<T>, bounds: WaitBounds): Promise<T> {
  const { milliseconds = Infinity, onTimeout, timers, signal } = bounds;
  const limited = milliseconds <= maxDelay;
  if (!limited && signal === undefined) return wait;
  return new Promise((resolve, reject) => {
    const timer = limited ? timers.setTimeout(() => settle(reject)(onTimeout()), milliseconds) : undefined;
    const onAbort = (): void => settle(reject)(signal?.reason);
    const settle =
      <Value>(how: (value: Value) => void) =>
      (value: Value): void => {
        if (limited) timers.clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        how(value);
      };
    signal?.addEventListener("abort", onAbort);
    wait.then(settle(resolve), settle(reject));
    if (signal?.aborted) onAbort();
  });
}
