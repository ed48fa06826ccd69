import { systemTimers } from "./timers.js";

/**
 * A promise that rejects, and reports its error on `console.error` if nothing awaits it. It never
 * ends the process, as an unhandled rejection would: the error may be caused by hostile input.
 */
class ReportedRejection extends Promise<never> {
  /** Promises that derive from it, such as that of `then`, are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  awaited = false;

  // `await` calls it too, because this is no plain promise.
  // biome-ignore lint/suspicious/noThenProperty: to notice that the promise is awaited.
  override then<Fulfilled = never, Rejected = never>(
    onFulfilled?: ((value: never) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.awaited = true;
    return super.then(onFulfilled, onRejected);
  }
}

/**
 * Returns a rejected promise that is reported if nothing awaits it in this tick of the event loop.
 */
export function rejectReported(error: unknown): Promise<never> {
  const rejection = new ReportedRejection((_resolve, reject) => reject(error));
  rejection.catch(() => {});
  rejection.awaited = false;
  systemTimers.setTimeout(() => {
    if (!rejection.awaited) console.error(error);
  }, 0);
  return rejection;
}
