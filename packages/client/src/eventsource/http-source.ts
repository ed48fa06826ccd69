import type { EventSourceInit } from "./init.js";
import { FatalError, type Source } from "./source.js";

/**
 * Creates a source that requests the stream from a URL, by the rules of WHATWG HTML §9.2.2 (the
 * request) and §9.2.3 (the response).
 */
export function httpSource(url: URL, { fetch, headers, withCredentials }: EventSourceInit): Source {
  // The standard sends the same request again, whose URL a redirect has changed for good.
  let current = url;
  return {
    reopens: true,
    async open(lastEventId, signal) {
      if (!fetch && !fetched.test(url.protocol)) throw new FatalError(`fetch opens no ${url.protocol} URL`);
      const given = await (typeof headers === "function" ? headers() : headers);
      signal.throwIfAborted();
      const response = await (fetch ?? globalThis.fetch)(withoutUser(current), {
        headers: requestHeaders({ given, lastEventId, url, current }),
        mode: "cors",
        credentials: withCredentials ? "include" : "same-origin",
        cache: "no-store",
        signal,
      });
      if (response.url) current = new URL(response.url);
      checkResponse(response);
      return { chunks: response.body?.getReader(), origin: current.origin };
    },
  };
}

/**
 * The schemes that a runtime's `fetch` may support. With others each attempt would be a network
 * error.
 */
const fetched = /^(https?|data|blob):/;

/** `fetch` refuses a URL with a user name or password. */
function withoutUser(url: URL): string {
  const plain = new URL(url);
  plain.username = plain.password = "";
  return plain.href;
}

interface Attempt {
  given: RequestInit["headers"];
  lastEventId: string;
  url: URL;
  current: URL;
}

function requestHeaders({ given, lastEventId, url, current }: Attempt): Headers {
  const headers = new Headers(given);
  if (!headers.has("Accept")) headers.set("Accept", eventStream);
  if (lastEventId !== "") headers.set("Last-Event-ID", utf8(lastEventId));
  // As `fetch` does on a redirect: another origin must not receive the secret of the first one.
  if (current.origin !== url.origin) headers.delete("Authorization");
  else if (url.username + url.password !== "" && !headers.has("Authorization")) {
    headers.set("Authorization", basicAuthorization(url));
  }
  return headers;
}

function basicAuthorization({ username, password }: URL): string {
  return `Basic ${btoa(utf8(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`))}`;
}

/**
 * Returns the UTF-8 bytes of a string, one character for each, as `fetch` takes the bytes of a
 * header.
 */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function checkResponse({ status, headers }: Response): void {
  const type = headers.get("Content-Type");
  if (status === 200 && isEventStream(type)) return;
  throw new FatalError(
    `the answer has status ${status} and content type ${type}: only 200 and ${eventStream} will do`,
  );
}

const eventStream = "text/event-stream";

/**
 * Of several content types the last one counts. Its parameters are ignored: an event stream is
 * always UTF-8.
 */
function isEventStream(contentType: string | null): boolean {
  return /(^|,)[\t ]*text\/event-stream[\t ]*(;[^,]*)?$/i.test(contentType ?? "");
}
