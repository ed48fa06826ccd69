import { SseError, type SseErrorCode } from "@sse/core";
import { invalidOption } from "@sse/core/internal";

/** Returns the error for a value that a function of the application threw. */
export function handlerFailed(cause: unknown): SseError {
  return withCause("handler-failed", "a listener or hook failed", cause);
}

/** Returns the error for a request that was sent, and must not be sent again. */
export function notRepeatable(): SseError {
  return invalidOption("resumeMethod", "the request was sent already: set resumeMethod to send another one");
}

/** Returns the error for a last event id that a request cannot carry. */
export function idNotSent(): SseError {
  const message = "the last event id cannot be sent: use up to 8,000 bytes without control characters";
  return new SseError("invalid-field", message, { field: "id" });
}

/** Returns the error for an event whose data cannot be decoded, or does not match its schema. */
export function invalidEvent(name: string, cause: unknown, reason?: string): SseError {
  return withCause("invalid-event", `an invalid event "${name}" was left out`, cause, reason);
}

/** Returns the error for a request that failed, or a stream that broke. */
export function disconnected(cause: unknown, wasOpen: boolean): SseError {
  if (isRefusedByNode(cause))
    return withCause("invalid-option", "remove what cannot be sent", cause, rootOf(cause));
  const problem = wasOpen ? "the connection broke" : "no connection";
  return withCause("disconnected", problem, cause, rootOf(cause));
}

/** Returns the error for a connection without a byte for longer than the idle timeout. */
export function idle(limit: number | undefined): SseError {
  return new SseError("idle", `nothing was received for ${limit} ms`);
}

/** Returns the error for a stream that the server ended. */
export function streamEnded(): SseError {
  return new SseError("ended", "the server ended the stream");
}

/** Returns the error for a stream that a hub refuses because of a limit. */
export function streamRefused(data: string): SseError {
  return new SseError("refused", `the server is full: ${data}`);
}

function withCause(code: SseErrorCode, problem: string, cause: unknown, reason: unknown = cause): SseError {
  return new SseError(code, `${problem}: ${reason}`, { cause });
}

/** Whether the `fetch` of Node refused a request, as it does for headers of the connection. */
export function isRefusedByNode(error: unknown): boolean {
  return /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/.test(Object(rootOf(error)).code);
}

/**
 * Returns the innermost cause of an error: `fetch failed` alone explains nothing. Node keeps the
 * reason in `cause`, or for several addresses in `errors`.
 */
function rootOf(error: unknown): unknown {
  let root = error;
  // Bounded: an error may be its own cause.
  for (let depth = 0; depth < 9; depth += 1) {
    const { cause, errors } = Object(root);
    root = cause ?? errors?.[0] ?? root;
  }
  return root;
}
