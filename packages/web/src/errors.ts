import { SseError } from "@sse/core";

/** The reason of a body that ends incomplete. Constant, because some servers write it into the body. */
export function cutOff(): SseError {
  return new SseError("closed", "the stream was cut off: the client reconnects");
}

export function tooLarge(maxBytes: number): SseError {
  return new SseError("too-large", `the body has more than ${maxBytes} bytes; send fewer events at a time`);
}

export function clientLeft(): SseError {
  return new SseError("closed", "the client left before it had sent the body");
}

export function readBefore(): SseError {
  return new SseError(
    "handler-failed",
    "the body was read before the endpoint was called: put the endpoint in front, or pass it request.clone()",
  );
}
