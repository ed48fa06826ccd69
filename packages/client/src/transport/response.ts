import { SseError, type Timers } from "@sse/core";
import { guarded } from "../with-timeout.js";

/** Whether an answer is a stream to read. */
export function isEventStream({ ok, headers }: Response): boolean {
  return ok && /^text\/event-stream\s*(;|$)/i.test(headers.get("content-type") ?? "");
}

/** Whether a failure may pass: no answer at all, 408, 425, 429 and 5xx. Other answers would only be repeated. */
export function mayPass(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [408, 425, 429].includes(status);
}

/** Makes the error that shows an answer which is no event stream, with the beginning of its body. */
export async function badResponse({ status, headers, body }: Response, timers: Timers): Promise<SseError> {
  const contentType = headers.get("content-type");
  return new SseError("bad-response", `no event stream: status ${status}, ${contentType}`, {
    status,
    headers: Object.fromEntries(headers),
    body: body ? await beginning(body, timers) : "",
  });
}

/** Up to 1,024 characters, within 5 seconds: a body may be endless, or never come. */
async function beginning(body: ReadableStream<Uint8Array>, timers: Timers): Promise<string> {
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
  const stop = () => reader.cancel().catch(() => {});
  await guarded(read(), 5_000, timers, stop).catch(() => {});
  stop();
  return text.slice(0, 1_024);
}
