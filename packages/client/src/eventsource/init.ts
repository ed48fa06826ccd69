/**
 * Second argument of the `EventSource` constructor. `withCredentials` is the standard's; the others
 * are additions of this package.
 */
export interface EventSourceInit {
  /**
   * Sends credentials such as cookies to other origins too, which must allow it by CORS. Default
   * `false`: to the page's own origin only.
   */
  withCredentials?: boolean | undefined;
  /**
   * Sends the requests. Default: the runtime's `fetch`. It receives a signal that aborts on
   * `close()`, and the headers as an object: spread them into your own (`{ ...init.headers,
   * Authorization }`), for the id to resume from is among them.
   */
  fetch?:
    | ((
        url: string,
        init: Omit<RequestInit, "headers"> & { headers: Record<string, string> },
      ) => Promise<Response>)
    | undefined;
  /**
   * Request headers, or a function that returns them for each attempt, so that a reconnect sends a
   * fresh token. When it throws or rejects, the attempt counts as a network error. `Accept` may be
   * replaced; a `Last-Event-ID` applies until the stream has set one.
   *
   * In browsers, cross-origin requests with extra headers need a CORS preflight.
   */
  headers?:
    | (RequestInit["headers"] | (() => RequestInit["headers"] | Promise<RequestInit["headers"]>))
    | undefined;
}
