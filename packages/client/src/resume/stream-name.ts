import { invalidOption } from "@sse/core/internal";
import type { EventSourceOptions, PerAttempt } from "../options.js";

/**
 * Returns the name that identifies a stream in a storage and among tabs. Requests that may receive
 * other events have different names: the options that the server sees are part of it.
 *
 * @throws {SseError} `invalid-option` when the options of the request cannot be compared.
 */
export function streamName(
  url: PerAttempt<string | URL>,
  { name, method, headers, body, credentials, fetch, onRequest }: EventSourceOptions,
): string {
  if (name !== undefined) return name;
  // A function may add the token of a user.
  if ([url, headers, fetch, onRequest].some(isFunction) || (body && typeof body !== "string")) {
    throw invalidOption(
      "name",
      "give the stream a name that differs between users: its URL, headers or body cannot be compared",
    );
  }
  if (!(method || headers || body || credentials)) return `sse:${url}`;
  const sent = JSON.stringify([
    method,
    [...new Headers(headers as Exclude<typeof headers, () => unknown>)],
    body,
    credentials,
  ]);
  return `sse:${url}#${hash(sent)}`;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** Returns 64 bits that represent a string, so that a token in it is not visible in the name. */
function hash(text: string): string {
  return [0x811c9dc5, 0x9dc5811c].map((seed) => fnv1a(text, seed).toString(36)).join("");
}

function fnv1a(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
