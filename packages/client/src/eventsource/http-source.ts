import { eventStreamType, isEventStreamType } from "../mime-type.js";
import { idHeader } from "../resume/id-header.js";
import { isFetchable, noStore, setNoCache } from "../transport/request.js";
import type { EventSourceInit } from "./init.js";
import { FatalError, type Source } from "./source.js";

/**
 * Creates a source that requests the stream from a URL, by the rules of WHATWG HTML §9.2.2 (the
 * request) and §9.2.3 (the response).
 *
 * @throws {TypeError} when no header can be as given.
 */
export function httpSource(url: URL, { fetch, headers, withCredentials }: EventSourceInit): Source {
  if (typeof headers !== "function") new Headers(headers);
  // The standard sends the same request again, whose URL a redirect has changed for good.
  let current = url;

  async function request(lastEventId: string, signal: AbortSignal): Promise<Response> {
    const given = await (typeof headers === "function" ? headers() : headers);
    signal.throwIfAborted();
    return (fetch ?? globalThis.fetch)(withoutUser(current), {
      headers: requestHeaders({ given, lastEventId, url, current }),
      mode: "cors",
      credentials: withCredentials ? "include" : "same-origin",
      ...noStore(),
      signal,
    });
  }

  return {
    reopens: true,
    async open(lastEventId, signal) {
      if (!fetch && !isFetchable(url.protocol)) throw new FatalError(`fetch opens no ${url.protocol} URL`);
      let response = await request(lastEventId, signal);
      // The id may be what makes the headers too large: one attempt is made without it.
      if (response?.status === 431 && idHeader(lastEventId)) {
        response.body?.cancel().catch(() => {});
        response = await request("", signal);
      }
      checkResponse(response);
      if (response.url) current = new URL(response.url);
      return { chunks: response.body?.getReader(), origin: current.origin };
    },
  };
}

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
  if (!headers.has("Accept")) headers.set("Accept", eventStreamType);
  setNoCache(headers);
  const id = idHeader(lastEventId);
  if (id) headers.set("Last-Event-ID", id);
  if (current.origin !== url.origin) {
    // As `fetch` does on a redirect: another origin must not receive the secrets of the first one.
    for (const name of ["Authorization", "Proxy-Authorization", "Cookie", "Host"]) headers.delete(name);
  } else if (url.username + url.password !== "" && !headers.has("Authorization")) {
    headers.set("Authorization", basicAuthorization(url));
  }
  return headers;
}

/** A URL holds the bytes of its user and password as ASCII and percent-encoded UTF-8. */
function basicAuthorization({ username, password }: URL): string {
  const decoded = `${username}:${password}`.replace(/%([\da-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return `Basic ${btoa(decoded)}`;
}

function checkResponse(response: Response): void {
  const { status, headers, body } = Object(response);
  if (!headers?.get || (body && !body.getReader)) {
    throw new FatalError("fetch must return a Response, with a ReadableStream as its body");
  }
  const type = headers.get("Content-Type");
  if (status === 200 && isEventStreamType(type)) return;
  throw new FatalError(
    `the answer has status ${status} and content type ${type}: only 200 and ${eventStreamType} will do`,
  );
}
