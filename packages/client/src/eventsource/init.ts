/** Second argument of the `EventSource` constructor. `withCredentials` is the standard's; the others are this package's additions. */
export interface EventSourceInit {
  /** Sends cookies and the like to other origins too, and asks them by CORS to allow it. Default `false`: to the own origin only. */
  withCredentials?: boolean;
  /** Sends the requests. Default: the runtime's `fetch`. It gets a signal that aborts on `close()`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Request headers, or a function that makes them anew for each attempt, so that a reconnect sends a fresh token. When it throws or
   * rejects, the attempt counts as a network error. `Accept` may be replaced; a `Last-Event-ID` counts until the stream has set one.
   *
   * In browsers, headers of your own make cross-origin requests need a CORS preflight.
   */
  headers?: RequestInit["headers"] | (() => RequestInit["headers"] | Promise<RequestInit["headers"]>);
}
