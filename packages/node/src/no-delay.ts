import { isHttp2, type NodeResponse } from "./http-types.js";

/**
 * Disables Nagle's algorithm: small events must not wait for the acknowledgment of earlier ones.
 * Node does so by default, in HTTP/2 always.
 */
export function sendWithoutDelay(response: NodeResponse): void {
  // A server accepts any duplex stream as a connection.
  if (!isHttp2(response)) response.req?.socket?.setNoDelay?.(true);
}

/**
 * Flushes compression middleware, which adds `flush`. It compresses only if `no-transform` was
 * overridden; events must not wait in it then.
 */
export function flush(response: NodeResponse): void {
  if ("flush" in response && typeof response.flush === "function") response.flush();
}
