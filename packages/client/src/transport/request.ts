import { invalidOption, outOfRange } from "@sse/core/internal";
import { eventStreamType } from "../mime-type.js";
import type { EventSourceOptions, EventSourceRequest, PerAttempt } from "../options.js";
import { idHeader } from "../resume/id-header.js";
import type { ConnectionState } from "./connection-state.js";
import { unfetchable } from "./fetchable-url.js";

/** Builds the request of one attempt, and calls `onRequest`. Rejects if the signal has aborted. */
export async function prepareRequest(
  { url, resumeUrl, options, receiver, unsendableId }: ConnectionState,
  lastEventId: string,
  attempt: number,
  signal: AbortSignal,
): Promise<EventSourceRequest> {
  const { method } = receiver;
  const headers = toHeaders(await currentValue(options.headers));
  if (!headers.has("accept")) headers.set("accept", eventStreamType);
  setNoCache(headers);
  const id = lastEventId && lastEventId !== unsendableId ? idHeader(lastEventId) : "";
  if (id) headers.set("last-event-id", id);
  const body = method === "GET" ? null : await currentValue(options.body);
  const address = resumeUrl ?? String(await currentValue(url));
  checkUrl(address, options.fetch);
  const request = { url: address, method, headers, body: body ?? null, attempt };
  signal.throwIfAborted();
  await options.onRequest?.(request);
  signal.throwIfAborted();
  return request;
}

/** Sends a request. The response is released when the signal aborts. */
export function sendRequest(
  request: EventSourceRequest,
  // Looked up now, and called without an object: a window's `fetch` accepts no other.
  { fetch = globalThis.fetch, credentials }: EventSourceOptions,
  signal: AbortSignal,
): Promise<Response> {
  const init = {
    ...request,
    headers: Object.fromEntries(request.headers),
    credentials,
    signal,
    // Required for streams, and accepted with other bodies.
    duplex: "half",
    ...noStore(),
  } as RequestInit & { headers: Record<string, string> };
  const sent = fetch(request.url, init);
  // A `fetch` may ignore signals, and respond later.
  const release = () => sent.then(({ body }) => body?.cancel()).catch(() => {});
  if (signal.aborted) release();
  else signal.addEventListener("abort", release);
  return sent;
}

/**
 * Returns the request option that bypasses caches. Cloudflare Workers throw where they do not
 * implement it.
 */
export function noStore(): Pick<RequestInit, "cache"> {
  return "cache" in Request.prototype ? { cache: "no-store" } : {};
}

/**
 * Sets the header that bypasses caches where `fetch` does not send it for `cache: "no-store"`, as
 * the standard has it: on Bun and Deno.
 */
export function setNoCache(headers: Headers): void {
  const { Bun, Deno } = globalThis as { Bun?: unknown; Deno?: unknown };
  if (Bun || Deno) headers.append("cache-control", "no-cache");
}

/**
 * Checks the parts of a request that do not change between attempts. The URL of a client that does
 * not connect by itself is checked when it does: it may be created where there is no page.
 *
 * @throws {SseError} `invalid-option` when no attempt can succeed.
 */
export function checkRequest(
  url: PerAttempt<string | URL>,
  { method, resumeMethod, headers, body, fetch, autoConnect }: EventSourceOptions,
): void {
  checkMethod("method", method);
  checkMethod("resumeMethod", resumeMethod);
  if (isGet(method) && body) throw invalidOption("body", "GET has no body: set method");
  if (headers && typeof headers !== "function") toHeaders(headers);
  if (!isGet(resumeMethod) && Object(body).getReader) {
    throw outOfRange("body", "a function that returns a stream for each attempt", body);
  }
  if (typeof url === "function") return;
  // Not by the class: a URL may be of another realm.
  if (typeof url !== "string" && typeof Object(url).href !== "string") {
    throw outOfRange("url", "a string, a URL or a function", url);
  }
  if (autoConnect ?? true) checkUrl(String(url), fetch);
}

function checkMethod(field: string, method: string | undefined): void {
  if (method === undefined) return;
  create(() => new Request("http://a", { method }), field, "use a method of fetch");
  if (normalizeMethod(method) === "HEAD")
    throw invalidOption(field, "HEAD has no events: use another method");
}

function isGet(method = "GET"): boolean {
  return normalizeMethod(method) === "GET";
}

/**
 * Returns the URL of the run that a request has started: the `Content-Location` of the response.
 * Only one of the same origin counts, because the headers of the request are sent there.
 */
export function runLocation({ method, url }: EventSourceRequest, response: Response): string | undefined {
  const location = method === "GET" || !response.ok ? null : response.headers.get("content-location");
  if (!location) return undefined;
  try {
    const base = new URL(response.url || url, globalThis.document?.baseURI ?? globalThis.location?.href);
    const { origin, href } = new URL(location, base);
    return origin === base.origin ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a method as `fetch` sends it: the common ones in upper case. */
export function normalizeMethod(method: string): string {
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i.test(method) ? method.toUpperCase() : method;
}

/** Checks that the runtime's `fetch` can request a URL. The application's own may accept others. */
function checkUrl(url: string, fetch: unknown): void {
  if (fetch) return;
  const isAbsolute = /^[a-z][a-z\d+.-]*:/i.test(url);
  const base = isAbsolute ? undefined : (globalThis.document?.baseURI ?? globalThis.location?.href);
  const parsed = create(() => new URL(url, base), "url", "use an absolute URL");
  const { username, password } = parsed;
  const hasUser = (username || password) && "url has a user or password: send an Authorization header";
  const problem = hasUser || unfetchable(parsed);
  if (problem) throw invalidOption("url", problem);
}

function toHeaders(headers: RequestInit["headers"]): Headers {
  return create(() => new Headers(headers), "headers", "remove line breaks and other controls");
}

/** Creates a part of a request with an option that the runtime may refuse. */
function create<T>(part: () => T, field: string, fix: string): T {
  try {
    return part();
  } catch {
    throw invalidOption(field, `${field} cannot be sent: ${fix}`);
  }
}

function currentValue<T>(value: PerAttempt<T>): T | Promise<T> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}
