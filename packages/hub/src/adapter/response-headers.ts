import { eventStreamHeaders } from "@sse/core";

/**
 * Extra response headers. `Set-Cookie` and `Vary` are added to those that are set already; others
 * replace them.
 */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Returns the headers of an event stream and extra ones, with names in lower case. */
export function streamHeaders(extra: ResponseHeaders = {}): ResponseHeaders {
  return { ...lowerCaseNames(eventStreamHeaders), ...lowerCaseNames(extra) };
}

/** Returns whether a header may be set several times, and each value counts. */
export function isAdditive(name: string): boolean {
  return additive.has(name.toLowerCase());
}

const additive = new Set(["set-cookie", "vary"]);

/** Returns the same headers with names in lower case. */
export function lowerCaseNames(headers: ResponseHeaders): ResponseHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
