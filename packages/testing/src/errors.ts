import { SseError } from "@sse/core";
import { outOfRange } from "@sse/core/internal";

/** The error for a number of events that is none. */
export function notACount(value: unknown): SseError {
  return outOfRange("collect: count", "a positive integer", value);
}

/** The error for a stream that ended before the wanted number of events. */
export function endedEarly(wanted: number, received: readonly unknown[]): SseError {
  return new SseError("ended", `the stream ended ${progress(wanted, received)}`);
}

/** The error for a stream that did not bring the wanted number of events in time. */
export function collectTimeout(milliseconds: number, wanted: number, received: readonly unknown[]): SseError {
  return new SseError("idle", `no more events within ${milliseconds} ms ${progress(wanted, received)}`);
}

/** The error for a response that is no event stream. */
export function noEventStream(status: number, contentType: string | null, body: string): SseError {
  return new SseError(
    "bad-response",
    `the response is no event stream: status ${status}, Content-Type ${contentType ?? "missing"}; look at the error's \`body\``,
    { status, body },
  );
}

/** The error for a request to a server that is closed. */
export function serverClosed(): SseError {
  return new SseError("closed", "the scripted server has been closed: create one for each test");
}

function progress(wanted: number, received: readonly unknown[]): string {
  return `after ${received.length} of ${wanted} events: ${JSON.stringify(received).slice(0, 1_000)}`;
}
