import { SseError, type Timers } from "@sse/core";
import { guarded } from "./watchdog.js";

/** What an answer means: a stream to read, the end of it all, or a failure. */
export type Verdict = "stream" | "stop" | "failure";

/** Judges an answer. 204 is the server's way to end it all (WHATWG HTML §9.2.3). Any other success must be an event stream. */
export function judge(status: number, contentType: string | null): Verdict {
  if (status === 204) return "stop";
  const success = status >= 200 && status < 300;
  return success && /^\s*text\/event-stream\s*(;|$)/i.test(contentType ?? "") ? "stream" : "failure";
}

/** Whether a failure may pass: no answer at all, 408, 425, 429 and 5xx. Other answers would only be repeated. */
export function mayPass(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [408, 425, 429].includes(status);
}

/** Makes the error that shows an answer which is no event stream, with the beginning of its body. */
export async function badResponse({ status, headers, body }: Response, timers: Timers): Promise<SseError> {
  const contentType = headers.get("content-type");
  return new SseError("bad-response", `the answer is no event stream: status ${status}, ${contentType}`, {
    status,
    headers: Object.fromEntries(headers),
    body: body ? await beginning(body, timers) : "",
  });
}

/** How much of a body is read, in characters, and how many milliseconds that may take. */
const shown = { length: 1_024, patience: 5_000 };

async function beginning(body: ReadableStream<Uint8Array>, timers: Timers): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    while (text.length < shown.length) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  };
  const stop = () => void reader.cancel().catch(() => {});
  await guarded(read(), shown.patience, timers, stop).catch(() => {});
  stop();
  return text.slice(0, shown.length);
}
