import { invalidOption } from "@sse/core/internal";
import type { EventSourceOptions, PerAttempt } from "../options.js";

/**
 * Returns the name that identifies a stream in a storage and among tabs. The URL stands for a
 * request that consists of nothing else.
 *
 * @throws {SseError} `invalid-option` without a name for any other request: it may depend on the
 *   user, and it may change while the stream stays the same, as a token does.
 */
export function streamName(
  url: PerAttempt<string | URL>,
  { name, method, headers, body, credentials, fetch, onRequest }: EventSourceOptions,
): string {
  if (name !== undefined) return name;
  if (method ?? headers ?? body ?? fetch ?? onRequest ?? typeof url === "function") {
    throw invalidOption("name", "set a name that differs between users");
  }
  return ["sse", credentials, url].filter(Boolean).join(":");
}
