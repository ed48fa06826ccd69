import type { EventSourceOptions, EventSourceRequest, PerAttempt } from "../options.js";
import type { ConnectionState } from "./connection-state.js";

/**
 * Builds the request of one attempt, and calls `onRequest`. Rejects when a function of the
 * application fails.
 */
export async function prepareRequest(
  { url, options, method }: ConnectionState,
  lastEventId: string,
  attempt: number,
): Promise<EventSourceRequest> {
  const headers = new Headers(await currentValue(options.headers));
  if (!headers.has("accept")) headers.set("accept", "text/event-stream");
  if (lastEventId) headers.set("last-event-id", utf8AsLatin1(lastEventId));
  const body = method === "GET" ? null : await currentValue(options.body);
  const request = { url: String(await currentValue(url)), method, headers, body: body ?? null, attempt };
  await options.onRequest?.(request);
  return request;
}

/**
 * Sends a request. Rejects when the signal aborts, also if the application's `fetch` ignores it.
 */
export function sendRequest(
  request: EventSourceRequest,
  // Looked up now, and called without an object: a window's `fetch` accepts no other.
  { fetch = globalThis.fetch, credentials }: EventSourceOptions,
  signal: AbortSignal,
): Promise<Response> {
  const init = {
    ...request,
    credentials,
    signal,
    // Required for streams, and accepted with other bodies.
    duplex: "half",
    // Cloudflare Workers throw for the option where they do not implement it.
    cache: "cache" in Request.prototype ? "no-store" : undefined,
  } as RequestInit;
  return fetch(request.url, init);
}

function currentValue<T>(value: PerAttempt<T>): T | Promise<T> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}

/**
 * Header values are bytes, which `fetch` takes as Latin-1; an id is sent as UTF-8 (WHATWG HTML
 * §9.2.4).
 */
function utf8AsLatin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
