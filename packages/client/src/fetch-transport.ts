import { SseError } from "@sse/core";
import { mayPass } from "./answer.js";
import { attempt } from "./attempt.js";
import { systemClock } from "./clock.js";
import type { EventSourceOptions } from "./options.js";
import { type Pause, pause } from "./pause.js";
import type { PerAttempt } from "./request.js";
import { retryDelay, retryPlan } from "./retry.js";
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
    retry: undefined,
    idleTimeout,
  };
  let running: AbortController | undefined;
  let waiting: Pause | undefined;

  function mayRepeat(): boolean {
    return !session.sent || method === "GET" || resumeMethod !== undefined;
  }

  function again(failure: SseError): boolean {
    if (session.failures >= plan.maxAttempts || !mayRepeat()) return false;
    return shouldRetry?.(failure) ?? mayPass(failure.status);
  }

  /** A stream that is never asked for again has come to its end, not to grief. */
  function isCompletion({ code }: SseError): boolean {
    return code === "ended" && (plan.maxAttempts === 0 || !mayRepeat());
  }

  async function waitToRetry(
    error: SseError,
    retryAfter: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    session.failures += 1;
    const { failures, retry } = session;
    const delay = retryDelay(failures, { retry, retryAfter }, plan, clock.random());
    receiver.emit("reconnecting", { attempt: failures, delay, error });
    if (signal.aborted) return;
    // To be online again is no reason to come back before the server wants it.
    waiting = pause(delay, clock, retryAfter === undefined && error.code !== "refused");
    await waiting.over;
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      receiver.connecting();
      const { failure, retryAfter, lasted } = await attempt(url, session, signal);
      if (signal.aborted) return;
      if (lasted >= plan.resetAfter) session.failures = 0;
      if (!failure || !again(failure)) {
        receiver.end(failure && isCompletion(failure) ? undefined : failure);
        return;
      }
      await waitToRetry(failure, retryAfter, signal);
    }
  }

  return {
    start() {
      running?.abort();
      running = new AbortController();
      session.failures = 0;
      session.sent = false;
      run(running.signal).catch((cause) =>
        receiver.end(new SseError("handler-failed", `shouldRetry failed: ${cause}`, { cause })),
      );
    },
    stop() {
      running?.abort();
      waiting?.end();
    },
    wake: () => waiting?.end(),
  };
}
