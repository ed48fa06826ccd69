import { SseError } from "@sse/core";
import { invalidOption, type Timers, withTimeout } from "@sse/core/internal";
import { isEventStreamType } from "../mime-type.js";

/**
 * Checks that a response is one, as web platforms define it.
 *
 * @throws {SseError} `invalid-option` when the application's `fetch` returns another object.
 */
export function checkResponse(response: Response): void {
  const { headers, body } = Object(response);
  if (headers?.get && (body === null || body?.getReader)) return;
  throw invalidOption("fetch", "fetch must return a Response, with a ReadableStream as its body");
}

/** Whether a response is a stream to read. */
export function isEventStream({ ok, headers }: Response): boolean {
  return ok && isEventStreamType(headers.get("content-type"));
}

/**
 * Whether to retry after a failure: no response, 408, 425, 429 and 5xx. Others would only be
 * repeated.
 */
export function isRetryable(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [408, 425, 429].includes(status);
}

/** Returns the error for a response that is no event stream, with the start of its body. */
export async function badResponse({ status, headers, body }: Response, timers: Timers): Promise<SseError> {
  const contentType = headers.get("content-type");
  return new SseError("bad-response", `no event stream: status ${status}, ${contentType}`, {
    status,
    headers: Object.fromEntries(headers),
    body: body ? await readStart(body, timers) : "",
  });
}

/** Reads up to 1,024 characters, for up to 5 seconds: a body may be endless, or never arrive. */
async function readStart(body: ReadableStream<Uint8Array>, timers: Timers): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    while (text.length < 1_024) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  };
  await withTimeout(read(), { milliseconds: 5_000, onTimeout: () => undefined, timers }).catch(() => {});
  reader.cancel().catch(() => {});
  return text.slice(0, 1_024);
}
