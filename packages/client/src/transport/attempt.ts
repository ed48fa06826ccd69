import { isSseError, SseError } from "@sse/core";
import { settle } from "../call-safely.js";
import { failure, handlerFailure } from "../errors.js";
import { guarded } from "../with-timeout.js";
import type { Session } from "./connection-state.js";
import { type EventSourceRequest, type PerAttempt, prepareRequest } from "./request.js";
import { badResponse, isEventStream } from "./response.js";
import { createIntake } from "./stream-reader.js";

/**
 * Makes one request and reads the stream that answers it to its end. Never rejects.
 *
 * @param failures how many attempts in a row have failed before it.
 * @param unwanted calls it off. What it resolves to then concerns nobody.
 * @returns why it ended; `undefined`: the server wants no more requests.
 */
export async function attempt(
  url: PerAttempt<string | URL>,
  session: Session,
  failures: number,
  unwanted: AbortSignal,
): Promise<SseError | undefined> {
  const { options, clock, receiver } = session;
  const abort = new AbortController();
  const { signal } = abort;
  unwanted.addEventListener("abort", () => abort.abort(), { signal });
  session.openedAt = Infinity;

  /** Waits for the server, but calls the attempt off when not a byte comes. */
  function watched<T>(wait: Promise<T>): Promise<T> {
    const limit = session.idleTimeout || Infinity;
    return guarded(wait, limit, clock, () =>
      abort.abort(new SseError("idle", `nothing came for ${limit} ms`)),
    );
  }

  function send(request: EventSourceRequest): Promise<Response> {
    // Looked up now, and called without an object: a window's `fetch` accepts no other.
    const { fetch = globalThis.fetch, credentials } = options;
    const init = {
      ...request,
      credentials,
      signal,
      // Streams need it, and other bodies do not mind.
      duplex: "half",
      // Cloudflare Workers throw for the option where they do not have it.
      cache: "cache" in Request.prototype ? "no-store" : undefined,
    } as RequestInit;
    return Promise.race([
      fetch(request.url, init),
      // A `fetch` of the application's own may not heed the signal.
      new Promise<never>((_resolve, reject) => signal.addEventListener("abort", reject)),
    ]);
  }

  async function exchange(): Promise<void> {
    const lastEventId = await receiver.resumeFrom();
    const request = await prepareRequest(url, session, lastEventId, failures).catch((cause) => {
      throw handlerFailure(cause);
    });
    signal.throwIfAborted();
    session.method = options.resumeMethod ?? (request.method === "GET" ? "GET" : "");
    receiver.requesting(request);
    const response = await watched(send(request));
    signal.throwIfAborted();
    const { status, body } = response;
    settle(() => options.onResponse?.(response), receiver.handlerFailed);
    // The server's way to end it all (WHATWG HTML §9.2.3).
    if (status === 204) return;
    if (!isEventStream(response)) throw await badResponse(response, clock);
    const reader = body?.getReader();
    signal.addEventListener("abort", () => reader?.cancel().catch(() => {}));
    session.openedAt = clock.now();
    receiver.emit("open", { status, url: response.url || request.url });
    const take = createIntake(lastEventId, session, signal);
    while (reader) {
      const { done, value } = await watched(reader.read());
      signal.throwIfAborted();
      if (done) break;
      await take(value);
    }
    throw new SseError("ended", "the server ended the stream");
  }

  try {
    await exchange();
    return undefined;
  } catch (error) {
    const cause = signal.reason ?? error;
    return isSseError(cause) ? cause : failure("disconnected", "no connection", cause);
  } finally {
    abort.abort();
  }
}
