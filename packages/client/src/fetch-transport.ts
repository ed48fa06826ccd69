import type { SseError } from "@sse/core";
import { mayPass } from "./answer.js";
import { attempt } from "./attempt.js";
import { systemClock } from "./clock.js";
import { failure } from "./failure.js";
import type { EventSourceOptions } from "./options.js";
import { pause } from "./pause.js";
import type { PerAttempt } from "./request.js";
import { parseRetryAfter, retryDelay, retryPlan } from "./retry.js";
import type { Session } from "./session.js";
import type { Receiver, Transport } from "./transport.js";

/** A transport that makes its own requests, one after the other. */
export function createFetchTransport(
  url: PerAttempt<string | URL>,
  options: EventSourceOptions,
  receiver: Receiver,
): Transport {
  const { clock = systemClock, method = "GET", resumeMethod, shouldRetry, idleTimeout = 0 } = options;
  const plan = retryPlan(options.retry);
  const session: Session = {
    options,
    clock,
    receiver,
    failures: 0,
    sent: false,
    openedAt: Infinity,
    retry: undefined,
    idleTimeout,
  };
  let wake = () => {};
  let mayHurry = false;

  /** Whether the stream may be asked for again at all. */
  function repeats(): boolean {
    return plan.maxAttempts > 0 && (!session.sent || method === "GET" || resumeMethod !== undefined);
  }

  function again(error: SseError): boolean {
    if (!repeats() || session.failures >= plan.maxAttempts) return false;
    return shouldRetry?.(error) ?? mayPass(error.status);
  }

  /** The device is online again, or the page is back from the browser's cache. */
  function hurry(): void {
    if (mayHurry) wake();
  }

  async function waitToRetry(error: SseError, signal: AbortSignal): Promise<void> {
    session.failures += 1;
    const { failures, retry } = session;
    const retryAfter = parseRetryAfter(error.headers?.["retry-after"], clock.now());
    const delay = retryDelay(failures, { retry, retryAfter }, plan, clock.random());
    receiver.emit("reconnecting", { attempt: failures, delay, error });
    if (signal.aborted) return;
    // To be online again is no reason to come back before the server wants it.
    mayHurry = retryAfter === undefined && error.code !== "refused";
    await new Promise<void>((resolve) => {
      wake = pause(delay, clock, resolve);
    });
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      receiver.emit("connecting", undefined);
      const error = await attempt(url, session, signal);
      if (signal.aborted) return;
      const stable = error?.code !== "refused" && clock.now() - session.openedAt >= plan.resetAfter;
      if (stable) session.failures = 0;
      if (!error || !again(error)) {
        // A stream that is never asked for again has come to its end, not to grief.
        receiver.end(error?.code === "ended" && !repeats() ? undefined : error);
        return;
      }
      await waitToRetry(error, signal);
    }
  }

  return {
    start(signal) {
      session.failures = 0;
      session.sent = false;
      signal.addEventListener("abort", () => wake());
      for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, hurry, { signal });
      run(signal).catch((cause) => receiver.end(failure("handler-failed", "shouldRetry failed", cause)));
    },
    wake: () => wake(),
  };
}
