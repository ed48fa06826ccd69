import { SseError, type SseErrorCode } from "@sse/core";

/** Returns the error for a value that a function of the application threw. */
export function handlerFailed(cause: unknown): SseError {
  return withCause("handler-failed", "a listener or hook failed", cause);
}

/** Returns the error for a stream whose URL does not identify it. */
export function nameMissing(): SseError {
  return new SseError("invalid-option", "give the stream a name: its URL is a function", {
    field: "name",
  });
}

/** Returns the error for an event whose data cannot be decoded, or does not match its schema. */
export function invalidEvent(name: string, cause: unknown, reason?: string): SseError {
  return withCause("invalid-event", `an invalid event "${name}" was left out`, cause, reason);
}

/** Returns the error for a request that failed, or a stream that broke. */
export function disconnected(cause: unknown): SseError {
  return withCause("disconnected", "no connection", cause);
}

/** Returns the error for a connection without a byte for longer than the idle timeout. */
export function idle(limit: number | undefined): SseError {
  return new SseError("idle", `nothing came for ${limit} ms`);
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
