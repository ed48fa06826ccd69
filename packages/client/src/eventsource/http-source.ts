import type { EventSourceInit } from "./init.js";
import { FatalError, type Source } from "./source.js";

/** Gets the stream from a URL, by the rules of WHATWG HTML §9.2.2 (the request) and §9.2.3 (the response). */
export function httpSource(url: URL, { fetch, headers, withCredentials }: EventSourceInit): Source {
  const target = new URL(url);
  // `fetch` refuses a URL with credentials.
  target.username = target.password = "";
  return {
    reopens: true,
    async open(lastEventId, signal) {
      const given = await (typeof headers === "function" ? headers() : headers);
      signal.throwIfAborted();
      const send = fetch ?? globalThis.fetch;
      const response = await send(target.href, {
        headers: requestHeaders(given, lastEventId, url),
        mode: "cors",
        credentials: withCredentials ? "include" : "same-origin",
        cache: "no-store",
        signal,
      });
      checkResponse(response, target);
      return { chunks: response.body?.getReader(), origin: new URL(response.url || target).origin };
    },
  };
}

function requestHeaders(given: RequestInit["headers"], lastEventId: string, url: URL): Headers {
  const headers = new Headers(given);
  if (!headers.has("Accept")) headers.set("Accept", eventStream);
  if (url.username + url.password !== "" && !headers.has("Authorization")) {
    headers.set("Authorization", basicAuthorization(url));
  }
  if (lastEventId !== "") headers.set("Last-Event-ID", utf8(lastEventId));
  return headers;
}

function basicAuthorization({ username, password }: URL): string {
  return `Basic ${btoa(utf8(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`))}`;
}

/** The UTF-8 bytes of a text, one character for each: the form in which `fetch` takes the bytes of a header. */
function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function checkResponse({ status, headers }: Response, url: URL): void {
  const type = headers.get("Content-Type");
  if (status === 200 && isEventStream(type)) return;
  throw new FatalError(
    `${url} answered with status ${status} and content type ${type}: an EventSource takes status 200 and ${eventStream} only`,
  );
}

const eventStream = "text/event-stream";

/** Of several content types the last one counts. Its parameters mean nothing: an event stream is always UTF-8. */
function isEventStream(contentType: string | null): boolean {
  return /(^|,)[\t ]*text\/event-stream[\t ]*(;[^,]*)?$/i.test(contentType ?? "");
}
