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
