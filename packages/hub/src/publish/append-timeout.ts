import { SseError } from "@sse/core";
import type { HubClock } from "../clock.js";

/**
 * What the log answers, unless the publisher gives up before. Giving up says nothing about the append: it may succeed later.
 *
 * @throws {SseError} (as a rejection) `append-timeout`; or the signal's reason.
 */
export function orGiveUp<T>(
  append: Promise<T>,
  { timeout, signal }: { timeout?: number; signal?: AbortSignal },
  clock: HubClock,
): Promise<T> {
  if (timeout === undefined && signal === undefined) return append;
  let stopWaiting = (): void => {};
  const answer = new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    const timer =
      timeout === undefined ? undefined : clock.setTimeout(() => reject(timedOut(timeout)), timeout);
    signal?.addEventListener("abort", onAbort);
    stopWaiting = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    append.then(resolve, reject);
  });
  return answer.finally(stopWaiting);
}

function timedOut(timeout: number): SseError {
  return new SseError(
    "append-timeout",
    `the log did not answer within ${timeout} ms; the event may be stored: retry with the same idempotencyKey`,
  );
}
