import { SseError, type SseErrorCode } from "@sse/core";

/** Makes the error for something that was thrown. */
export function failure(code: SseErrorCode, what: string, cause: unknown): SseError {
  return new SseError(code, `${what}: ${cause}`, { cause });
}
