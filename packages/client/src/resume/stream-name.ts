import { invalidOption } from "@sse/core/internal";
import type { EventSourceOptions, PerAttempt } from "../options.js";

/**
 * Returns the name that identifies a stream in a storage and among tabs.
 *
 * @throws {SseError} `invalid-option` when there is none.
 */
export function streamName(url: PerAttempt<string | URL>, { name }: EventSourceOptions): string {
  if (name !== undefined) return name;
  if (typeof url !== "function") return `sse:${url}`;
  throw invalidOption("name", "give the stream a name: its URL is a function");
}
