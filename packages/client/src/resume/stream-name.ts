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
  const sent = [method, headers, body, credentials];
  // A function may add the token of a user.
  if ([url, fetch, onRequest, ...sent].some(isFunction) || typeof (body ?? "") !== "string") {
    throw invalidOption("name", "give the stream a name that differs between users");
  }
  if (!sent.some(Boolean)) return `sse:${url}`;
  sent[1] = [...new Headers(headers as Exclude<typeof headers, () => unknown>)];
  return `sse:${url}#${hash(JSON.stringify(sent))}`;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** Returns 64 bits that represent a string, so that a token in it is not visible in the name. */
function hash(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9dc5811c];
  for (const character of text) {
    low = Math.imul(low ^ (character.codePointAt(0) as number), 0x01000193);
    high = Math.imul(high ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return `${low}${high}`;
}
