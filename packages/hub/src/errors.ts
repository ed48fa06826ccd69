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
