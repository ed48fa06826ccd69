import { SseError } from "@sse/core";

/**
 * The reason of a body that ends incomplete. Constant, because some servers write it into the body.
 */
export function cutOff(): SseError {
  return new SseError("closed", "the stream was cut off: the client reconnects");
}
