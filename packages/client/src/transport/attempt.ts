import { isSseError, type ParsedEvent, type SseError } from "@sse/core";
import { withTimeout } from "@sse/core/internal";
import { callSafely } from "../call-safely.js";
import { disconnected, handlerFailed, idle, idNotSent, streamEnded } from "../errors.js";
import type { ConnectionState } from "./connection-state.js";
import { handleControlEvent } from "./control-events.js";
import { prepareRequest, runLocation, sendRequest } from "./request.js";
import { badResponse, checkResponse, isEventStream } from "./response.js";
import { createStreamParser } from "./stream-parser.js";

/**
 * Sends one request, and reads the stream in its response to its end. Never rejects.
 *
 * @param failures the number of failed attempts in a row before it.
 * @param unwanted aborts the attempt. The result is ignored then.
 * @returns the reason why it ended; `undefined`: the server wants no more requests.
 */
export async function attempt(
  connection: ConnectionState,
  failures: number,
  unwanted: AbortSignal,
): Promise<SseError | undefined> {
  const abort = new AbortController();
  unwanted.addEventListener("abort", () => abort.abort(), { signal: abort.signal });
  connection.openedAt = Infinity;
  try {
    await exchange(connection, failures, abort.signal);
    return undefined;
  } catch (error) {
    return isSseError(error) ? error : disconnected(error, connection.openedAt < Infinity);
  } finally {
    abort.abort();
  }
}

async function exchange(connection: ConnectionState, failures: number, signal: AbortSignal): Promise<void> {
  const { options, clock, receiver } = connection;
  const lastEventId = await receiver.resumePoint.resumeFrom();
  const request = await prepareRequest(connection, lastEventId, failures, signal).catch((cause) => {
    throw isSseError(cause) ? cause : handlerFailed(cause);
  });
  connection.sentId = request.headers.has("last-event-id") ? lastEventId : "";
  if (!connection.sentId) reportUnsendable(connection, lastEventId);
  signal.throwIfAborted();
  receiver.requestPrepared(request);
  const response = await watch(sendRequest(request, options, signal), connection, signal);
  checkResponse(response);
  const onError = (cause: unknown) => receiver.report(handlerFailed(cause));
  callSafely(onError, () => options.onResponse?.(response));
  signal.throwIfAborted();
  const { status } = response;
  // The server's way to end the connection for good (WHATWG HTML §9.2.3).
  if (status === 204) return;
  const location = runLocation(request, response);
  if (location) {
    connection.resumeUrl = location;
    receiver.resumesByGet();
  }
  if (!isEventStream(response)) {
    if (!location) throw await badResponse(response, clock);
    response.body?.cancel().catch(() => {});
    return exchange(connection, failures, signal);
  }
  connection.openedAt = clock.now();
  receiver.emit("open", { status, url: response.url || request.url });
  if (!signal.aborted && !connection.sentId && lastEventId) {
    receiver.emit("gap", { reason: "unknown", requested: lastEventId.slice(0, 64), oldest: null });
  }
  await readStream(response, lastEventId, connection, signal);
  if (!connection.runEnd) throw streamEnded();
}

/** Records, and reports once, that no request can carry an id. */
export function reportUnsendable(connection: ConnectionState, id: string): void {
  if (!id || id === connection.unsendableId) return;
  connection.unsendableId = id;
  connection.receiver.report(idNotSent());
}

/**
 * Reads a stream to its end, and delivers its events. Reads a chunk once the one before is
 * processed.
 */
async function readStream(
  { body }: Response,
  lastEventId: string,
  connection: ConnectionState,
  signal: AbortSignal,
): Promise<void> {
  const { receiver } = connection;
  signal.throwIfAborted();
  const chunks = body?.getReader();
  signal.addEventListener("abort", () => chunks?.cancel().catch(() => {}));
  const items: (ParsedEvent | string)[] = [];
  const parser = createStreamParser(lastEventId, connection, items);
  while (chunks) {
    const { done, value } = await watch(chunks.read(), connection, signal);
    if (done) return;
    receiver.counters.bytes += value.byteLength;
    parser.feed(value);
    for (const item of items.splice(0)) {
      if (signal.aborted || connection.runEnd) break;
      if (typeof item === "string") receiver.commentReceived(item);
      else if (!handleControlEvent(item, connection)) {
        const busy = receiver.deliver(item, signal);
        if (busy) await busy;
      }
    }
    // An event that was delivered before the client was closed must not be delivered again.
    const storing = receiver.resumePoint.commit(signal.aborted ? undefined : parser.lastEventId);
    if (storing) await storing;
    if (connection.runEnd) return;
  }
}

/**
 * Waits for the server. Rejects if not a byte arrives in time, or the attempt is no longer wanted.
 */
function watch<T>(
  wait: Promise<T>,
  { idleTimeout, clock }: ConnectionState,
  signal: AbortSignal,
): Promise<T> {
  // Only waits are timed: while a slow consumer holds the stream up, no timer runs.
  const milliseconds = idleTimeout || undefined;
  return withTimeout(wait, { milliseconds, onTimeout: () => idle(idleTimeout), timers: clock, signal });
}
