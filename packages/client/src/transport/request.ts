import type { Session } from "./connection-state.js";

/** A request, readable afterwards. */
export interface EventSourceRequest {
  readonly url: string;
  readonly method: string;
  /** May be changed in `onRequest`. */
  readonly headers: Headers;
  readonly body: BodyInit | null;
  /** 0 for the first attempt after `connect()` or a stable connection. */
  readonly attempt: number;
}

/** A value, or what makes it anew for every attempt. */
export type PerAttempt<T> = T | (() => T | Promise<T>);

/** Builds the request of one attempt, and shows it to the application. Rejects when a function of the application fails. */
export async function prepareRequest(
  url: PerAttempt<string | URL>,
  { options, method }: Session,
  lastEventId: string,
  attempt: number,
): Promise<EventSourceRequest> {
  const headers = new Headers(await current(options.headers));
  if (!headers.has("accept")) headers.set("accept", "text/event-stream");
  if (lastEventId) headers.set("last-event-id", utf8AsLatin1(lastEventId));
  const body = method === "GET" ? null : await current(options.body);
  const request = { url: String(await current(url)), method, headers, body: body ?? null, attempt };
  await options.onRequest?.(request);
  return request;
}

function current<T>(value: PerAttempt<T>): T | Promise<T> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}

/** Header values are bytes, which `fetch` takes as Latin-1; an id is sent as UTF-8 (WHATWG HTML §9.2.4). */
function utf8AsLatin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
