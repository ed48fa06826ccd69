import { SseError } from "@sse/core";

/** The error of every call on a log that has been closed. */
export function logClosed(): SseError {
  return new SseError("closed", "this log has been closed; create another one");
}

/** The error of an append whose idempotency key was used for another entry. */
export function idempotencyConflict(): SseError {
  return new SseError(
    "idempotency-conflict",
    "this idempotency key was used for another event; use a new key for each event",
    { field: "idempotencyKey" },
  );
}

/** The error of a subscription whose `expires` is no date. */
export function expiresNotADate(): SseError {
  return new SseError("invalid-option", "expires must be a valid Date", { field: "expires" });
}

/** The error of asking for a position before the log has been reached. */
export function headUnknown(): SseError {
  return new SseError("log-unavailable", "the hub has not reached its log yet; try again in a moment");
}

/** The error of connecting a stream whose id another connection has. */
export function streamIdInUse(): SseError {
  return new SseError("invalid-option", "another connection has this stream's id: give each stream its own", {
    field: "id",
  });
}

/** The error of a stream on a response whose head has been sent already. */
export function responseStarted(): SseError {
  return new SseError(
    "handler-failed",
    "the response was started before the event stream: nothing else may send its head",
  );
}

/** The error of a callback that threw `undefined` or `null`. */
export function thrownNothing(): SseError {
  return new SseError("handler-failed", "the callback threw nothing: throw an Error");
}

/** The error of a `hubStream` callback without a result. */
export function noSubscription(): SseError {
  return new SseError(
    "handler-failed",
    "the callback of hubStream returned no subscription: return {} to follow what is broadcast, or throw refuse(status)",
  );
}

/** The error of a request body above its limit. */
export function bodyTooLarge(maxBytes: number): SseError {
  return new SseError("too-large", `the body has more than ${maxBytes} bytes; send fewer events at a time`);
}

/** The error of a request body that ends early. */
export function clientLeft(): SseError {
  return new SseError("closed", "the client left before it had sent the body");
}

/** The error of a request body that something else has read. */
export function bodyReadBefore(): SseError {
  return new SseError(
    "handler-failed",
    "the body was read before the endpoint was asked, and is not where body parsers leave it: put the endpoint in front",
  );
}
