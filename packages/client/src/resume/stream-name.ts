import { SseError } from "@sse/core";
import type { EventSourceOptions } from "../options.js";
import type { PerAttempt } from "../transport/request.js";

/**
 * What tells a stream from others in a storage and among tabs.
 *
 * @throws {SseError} `invalid-option` when nothing does.
 */
export function streamName(url: PerAttempt<string | URL>, { name }: EventSourceOptions): string {
  if (name !== undefined) return name;
  if (typeof url !== "function") return `sse:${url}`;
  throw new SseError("invalid-option", "give the stream a name: its URL is a function", {
    field: "name",
  });
}
