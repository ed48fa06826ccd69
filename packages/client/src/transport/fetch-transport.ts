import type { SseError } from "@sse/core";
import { systemClock } from "../clock.js";
import { handlerFailure } from "../errors.js";
import type { EventSourceOptions } from "../options.js";
import { parseRetryAfter, retryDelay, retryPlan } from "../retry.js";
import { guarded } from "../with-timeout.js";
import { attempt } from "./attempt.js";
import type { Session } from "./connection-state.js";
import type { PerAttempt } from "./request.js";
import { mayPass } from "./response.js";
import type { Receiver, Transport } from "./transport.js";

/** A transport that makes its own requests, one after the other. */
export function createFetchTransport(
  url: PerAttempt<string | URL>,
  options: EventSourceOptions,
  receiver: Receiver,
): Transport {
  const { clock = systemClock, method = "GET", shouldRetry, idleTimeout } = options;
  const plan = retryPlan(options.retry);
  const session: Session = {
    options,
    clock,
    receiver,
    method,
    openedAt: Infinity,
    idleTimeout,
  };
  let wake = () => {};
  let mayHurry = false;

  /** How many attempts in a row may follow the first one. */
  function mayRepeat(): number {
    return session.method ? plan.maxAttempts : 0;
  }

  async function waitToRetry(error: SseError, failures: number): Promise<void> {
    const retryAfter = parseRetryAfter(error.headers?.["retry-after"], clock.now());
    const delay = retryDelay(failures, { retry: session.retry, retryAfter }, plan, clock.random());
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    receiver.emit("reconnecting", { attempt: failures, delay, error });
    // To be online again is no reason to come back before the server wants it.
    mayHurry = retryAfter === undefined && error.code !== "refused";
    await guarded(woken, delay, clock, () => wake());
  }

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    session.method = method;
    while (!signal.aborted) {
      receiver.emit("connecting", undefined);
      const error = await attempt(url, session, failures, signal);
      if (signal.aborted) return;
      const stable = error?.code !== "refused" && clock.now() - session.openedAt >= plan.resetAfter;
      if (stable) failures = 0;
      if (!error || failures >= mayRepeat() || !(shouldRetry?.(error) ?? mayPass(error.status))) {
        // A stream that is never asked for again has come to its end, not to grief.
        receiver.end(error?.code === "ended" && !mayRepeat() ? undefined : error);
        return;
      }
      failures += 1;
      await waitToRetry(error, failures);
    }
  }

  return {
    start(signal) {
      signal.addEventListener("abort", () => wake());
      // The device is online again, or the page is back from the browser's cache.
      const hurry = () => mayHurry && wake();
      for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, hurry, { signal });
      run(signal).catch((cause) => receiver.end(handlerFailure(cause)));
    },
    wake: () => wake(),
  };
}
