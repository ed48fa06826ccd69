import { SseError } from "@sse/core";
import { badResponse, judge } from "./answer.js";
import { buildRequest, type EventSourceRequest, type PerAttempt, requestInit } from "./request.js";
import { parseRetryAfter } from "./retry.js";
import type { Outcome, Session } from "./session.js";
import { settle } from "./settle.js";
import { readStream } from "./stream.js";
import { guarded } from "./watchdog.js";

/**
 * Makes one request and reads the stream that answers it to its end. Never rejects.
 *
 * @param unwanted calls it off. What it resolves to then concerns nobody.
 */
export async function attempt(
  url: PerAttempt<string | URL>,
  session: Session,
  unwanted: AbortSignal,
): Promise<Outcome> {
  const { options, clock, receiver } = session;
  const abort = new AbortController();
  const { signal } = abort;
  const callOff = () => abort.abort();
  let request: EventSourceRequest | undefined;
  let idle = false;
  let retryAfter: number | undefined;
  let openedAt = Infinity;

  function patiently<T>(wait: Promise<T>): Promise<T> {
    return guarded(wait, session.idleTimeout, clock, () => {
      idle = true;
      callOff();
    });
  }

  async function ask(): Promise<SseError | undefined> {
    const lastEventId = await receiver.position();
    const made = await buildRequest(url, session, lastEventId);
    await options.onRequest?.(made);
    if (unwanted.aborted) return undefined;
    request = made;
    session.sent = true;
    receiver.requesting(made);
    const response = await patiently(Promise.race([send(made, session, signal), aborted(signal)]));
    settle(() => options.onResponse?.(response), receiver.handlerFailed);
    const verdict = judge(response.status, response.headers.get("content-type"));
    if (verdict === "stop") return undefined;
    if (verdict === "failure") {
      retryAfter = parseRetryAfter(response.headers.get("retry-after"), clock.now());
      return badResponse(response, clock);
    }
    openedAt = clock.now();
    receiver.emit("open", { status: response.status, url: response.url || made.url });
    return readStream(response.body, lastEventId, session, signal, patiently);
  }

  function failed(cause: unknown): SseError {
    return request
      ? new SseError("disconnected", `no connection: ${cause}`, { cause })
      : new SseError("handler-failed", `no request could be made: ${cause}`, { cause });
  }

  unwanted.addEventListener("abort", callOff);
  let failure = await ask().catch(failed);
  callOff();
  unwanted.removeEventListener("abort", callOff);
  if (idle) failure = new SseError("idle", `nothing came for ${session.idleTimeout} ms`);
  const lasted = failure?.code === "refused" ? -1 : clock.now() - openedAt;
  return { failure, retryAfter, lasted };
}

function send(request: EventSourceRequest, { options }: Session, signal: AbortSignal): Promise<Response> {
  // Looked up now, and called without an object: a window's `fetch` accepts no other.
  const { fetch = globalThis.fetch, credentials } = options;
  return fetch(request.url, requestInit(request, credentials, signal));
}

/** A `fetch` of the application's own may not heed the signal. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
