import { SseError } from "@sse/core";
import { badResponse, isEventStream } from "./answer.js";
import { failure } from "./failure.js";
import { type EventSourceRequest, type PerAttempt, prepareRequest, requestInit } from "./request.js";
import type { Session } from "./session.js";
import { settle } from "./settle.js";
import { readStream } from "./stream.js";
import { guarded } from "./watchdog.js";

/**
 * Makes one request and reads the stream that answers it to its end. Never rejects.
 *
 * @param unwanted calls it off. What it resolves to then concerns nobody.
 * @returns why it ended; `undefined`: the server wants no more requests.
 */
export async function attempt(
  url: PerAttempt<string | URL>,
  session: Session,
  unwanted: AbortSignal,
): Promise<SseError | undefined> {
  const { options, clock, receiver } = session;
  const abort = new AbortController();
  const { signal } = abort;
  unwanted.addEventListener("abort", () => abort.abort(), { signal });
  session.openedAt = Infinity;

  function send(request: EventSourceRequest): Promise<Response> {
    // Looked up now, and called without an object: a window's `fetch` accepts no other.
    const { fetch = globalThis.fetch, credentials } = options;
    const answer = fetch(request.url, requestInit(request, credentials, signal));
    return guarded(Promise.race([answer, aborted(signal)]), session.idleTimeout, clock);
  }

  async function exchange(): Promise<SseError | undefined> {
    const lastEventId = await receiver.position();
    const request = await prepareRequest(url, session, lastEventId);
    if (signal.aborted) return undefined;
    session.sent = true;
    receiver.requesting(request);
    const response = await send(request);
    const { status, body } = response;
    settle(() => options.onResponse?.(response), receiver.handlerFailed);
    // The server's way to end it all (WHATWG HTML §9.2.3).
    if (status === 204) return undefined;
    if (!isEventStream(response)) return badResponse(response, clock);
    session.openedAt = clock.now();
    receiver.emit("open", { status, url: response.url || request.url });
    return readStream(body, lastEventId, session, signal);
  }

  try {
    return await exchange();
  } catch (cause) {
    return cause instanceof SseError ? cause : failure("disconnected", "no connection", cause);
  } finally {
    abort.abort();
  }
}

/** A `fetch` of the application's own may not heed the signal. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
