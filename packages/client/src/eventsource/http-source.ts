import { isRefusedByNode } from "../errors.js";
import { eventStreamType, isEventStreamType } from "../mime-type.js";
import { idHeader } from "../resume/id-header.js";
import { unfetchable } from "../transport/fetchable-url.js";
import { noStore, setNoCache } from "../transport/request.js";
import type { EventSourceInit } from "./init.js";
import { FatalError, type Source } from "./source.js";

/**
 * Creates a source that requests the stream from a URL, by the rules of WHATWG HTML §9.2.2 (the
 * request) and §9.2.3 (the response).
 *
 * @throws {TypeError} when a header has an invalid name or value, or `fetch` is no function.
 */
export function httpSource(url: URL, { fetch, headers, withCredentials }: EventSourceInit): Source {
  if (typeof (fetch ?? Function) !== "function") throw new TypeError("fetch must be a function");
  if (typeof headers !== "function") new Headers(headers);
  // The standard sends the same request again, whose URL a redirect has changed for good.
  let current = url;

  async function request(lastEventId: string, signal: AbortSignal): Promise<Response> {
    const given = await (typeof headers === "function" ? headers() : headers);
    signal.throwIfAborted();
    const init = {
      headers: requestHeaders({ headers: toHeaders(given), lastEventId, url, current }),
      mode: "cors",
      credentials: withCredentials ? "include" : "same-origin",
      ...noStore(),
      signal,
    } satisfies RequestInit;
    try {
      return await (fetch ?? globalThis.fetch)(withoutUser(current), init);
    } catch (error) {
      throw isRefusedByNode(error) ? new FatalError("the request cannot be sent", { cause: error }) : error;
    }
  }

  return {
    reopens: true,
    async open(lastEventId, signal) {
      const problem = fetch ? undefined : unfetchable(url);
      if (problem) throw new FatalError(problem);
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

/** Creates the headers of a request. A function that returns an invalid value would do so again. */
function toHeaders(given: RequestInit["headers"]): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw new FatalError("the headers cannot be sent: remove line breaks and other controls", { cause });
  }
}

interface Attempt {
  headers: Headers;
  lastEventId: string;
  url: URL;
  current: URL;
}

function requestHeaders({ headers, lastEventId, url, current }: Attempt): Record<string, string> {
  if (!headers.has("Accept")) headers.set("Accept", eventStreamType);
  setNoCache(headers);
  const id = idHeader(lastEventId);
  if (id) headers.set("Last-Event-ID", id);
  if (current.origin !== url.origin) {
    // As `fetch` does on a redirect: another origin must not receive the secrets of the first one.
    for (const name of ["Authorization", "Proxy-Authorization", "Cookie", "Host"]) headers.delete(name);
  } else if ((url.username || url.password) && !headers.has("Authorization")) {
    headers.set("Authorization", basicAuthorization(url));
  }
  return Object.fromEntries(headers);
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
  throw new FatalError(`status ${status} and content type ${type}: only 200 and ${eventStreamType} will do`);
}
