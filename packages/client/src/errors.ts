import { SseError, type SseErrorCode } from "@sse/core";

/**
 * Makes the error for something that was thrown.
 *
 * @param reason what is shown of it. Default: all.
 */
export function failure(code: SseErrorCode, what: string, cause: unknown, reason: unknown = cause): SseError {
  return new SseError(code, `${what}: ${reason}`, { cause });
}

/** Makes the error for what a listener or a hook of the application threw. */
export function handlerFailure(cause: unknown): SseError {
  return failure("handler-failed", "a listener or hook failed", cause);
}
