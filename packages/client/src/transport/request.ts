import { outOfRange } from "@sse/core/internal";
import { invalidOption } from "../errors.js";
import { eventStreamType } from "../mime-type.js";
import type { EventSourceOptions, EventSourceRequest, PerAttempt } from "../options.js";
import { idHeader } from "../resume/id-header.js";
import type { ConnectionState } from "./connection-state.js";

/** Builds the request of one attempt, and calls `onRequest`. */
export async function prepareRequest(
  { url, options, receiver, unsendableId }: ConnectionState,
  lastEventId: string,
  attempt: number,
): Promise<EventSourceRequest> {
  const { method } = receiver;
  const headers = toHeaders(await currentValue(options.headers));
  if (!headers.has("accept")) headers.set("accept", eventStreamType);
  const id = lastEventId && lastEventId !== unsendableId ? idHeader(lastEventId) : "";
  if (id) headers.set("last-event-id", id);
  const body = /^(GET|HEAD)$/.test(method) ? null : await currentValue(options.body);
  const address = String(await currentValue(url));
  checkUrl(address, options.fetch);
  const request = { url: address, method, headers, body: body ?? null, attempt };
  await options.onRequest?.(request);
  return request;
}

/** Sends a request. */
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
    ...noStore(),
  } as RequestInit;
  return fetch(request.url, init);
}

/**
 * Returns the request option that bypasses caches. Cloudflare Workers throw where they do not
 * implement it.
 */
export function noStore(): RequestInit {
  return "cache" in Request.prototype ? { cache: "no-store" } : {};
}

/**
 * Checks the parts of a request that do not change between attempts.
 *
 * @throws {SseError} `invalid-option` when no attempt can succeed.
 */
export function checkRequest(
  url: PerAttempt<string | URL>,
  { method, resumeMethod, headers, fetch, autoConnect }: EventSourceOptions,
): void {
  for (const [field, value = "GET"] of Object.entries({ method, resumeMethod })) {
    if (!sendable.test(value)) throw outOfRange(field, "a method that fetch can send", value);
  }
  if (headers && typeof headers !== "function") toHeaders(headers);
  if (typeof url === "function") return;
  if (typeof url !== "string" && !(url instanceof URL)) {
    throw outOfRange("url", "a string, a URL or a function", url);
  }
  checkUrl(String(url), fetch, autoConnect === false);
}

/** Methods that `fetch` can send: three are forbidden. */
const sendable = /^(?!(?:CONNECT|TRACE|TRACK)$)[\w!#$%&'*+.^`|~-]+$/i;

/** Returns a method as `fetch` sends it: the common ones in upper case. */
export function normalizeMethod(method: string): string {
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i.test(method) ? method.toUpperCase() : method;
}

/**
 * Checks that the runtime's `fetch` can request a URL. The application's own may accept others.
 *
 * @param mayBeRelative for a client that may be created where there is no page, and connect where
 *   there is one.
 */
function checkUrl(url: string, fetch: unknown, mayBeRelative = false): void {
  if (fetch) return;
  const parsed = parseUrl(url);
  if (!parsed && mayBeRelative) return;
  const resolved = parsed ?? parseUrl(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  if (!resolved) throw invalidOption("url", `"${url}" cannot be requested here: give an absolute URL`);
  const { protocol, username, password } = resolved;
  if (!isFetchable(protocol)) {
    throw invalidOption("url", `fetch opens no ${protocol} URL: give one with http: or https:`);
  }
  if (username || password) {
    throw invalidOption("url", "fetch accepts no user and password in a URL: send an Authorization header");
  }
}

function parseUrl(url: string, base?: string): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

/** Whether a runtime's `fetch` may support a scheme. With others each attempt would fail. */
export function isFetchable(protocol: string): boolean {
  return /^(?:https?|data|blob):$/.test(protocol);
}

function toHeaders(headers: RequestInit["headers"]): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw invalidOption("headers", "a header has an invalid name or value: remove line breaks and controls");
  }
}

function currentValue<T>(value: PerAttempt<T>): T | Promise<T> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}
