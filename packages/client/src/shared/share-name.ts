import { invalidOption } from "@sse/core/internal";
import type { EventSourceOptions, PerAttempt } from "../options.js";
import { streamName } from "../resume/stream-name.js";

/**
 * Returns the name under which tabs share a connection. Requests that may receive other events must
 * not share one: the options that the server sees are part of it.
 *
 * @throws {SseError} `invalid-option` when the options of the request cannot be compared.
 */
export function shareName(url: PerAttempt<string | URL>, options: EventSourceOptions): string {
  const { name, method, headers, body, credentials } = options;
  const own = streamName(url, options);
  if (name !== undefined || !(method || headers || body || credentials)) return own;
  if (typeof headers === "function" || (body && typeof body !== "string")) {
    throw invalidOption(
      "name",
      "give the shared stream a name that differs between users: its headers or body cannot be compared",
    );
  }
  return `${own}#${hash(JSON.stringify([method, [...new Headers(headers)], body, credentials]))}`;
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
