import type { Http2ServerResponse, ServerHttp2Session } from "node:http2";
import { isHttp2, type NodeResponse } from "./http-types.js";
import { closeWithServer } from "./idle-sessions.js";

/**
 * Disables the server's idle timeouts (`server.timeout`, `server.setTimeout`) for a response that
 * is quiet on purpose.
 *
 * @returns a function that restores the timeouts that Node does not restore itself.
 */
export function suspendIdleTimeout(response: NodeResponse): () => void {
  if (isHttp2(response)) {
    response.setTimeout(0);
    return suspendSessionTimeout(response);
  }
  // An HTTP/1.1 server accepts any duplex stream as a connection, also one without timeouts.
  if (typeof response.req?.socket?.setTimeout === "function") response.setTimeout(0);
  // The server sets the timeout of the connection again when the response has ended.
  return nothing;
}

function nothing(): void {}

/** State of an HTTP/2 connection with open event streams: it has one timeout for all of them. */
interface BusySession {
  streams: number;
  readonly timeout: number;
}

const busySessions = new WeakMap<ServerHttp2Session, BusySession>();

function suspendSessionTimeout(response: Http2ServerResponse): () => void {
  const session = response.stream.session as ServerHttp2Session | undefined;
  if (session === undefined) return nothing;
  const busy = busySessions.get(session) ?? { streams: 0, timeout: timeoutOf(session) };
  busySessions.set(session, busy);
  busy.streams++;
  session.setTimeout(0);
  return () => {
    busy.streams--;
    if (busy.streams > 0) return;
    busySessions.delete(session);
    session.setTimeout(busy.timeout);
    closeWithServer(session);
  };
}

/**
 * Reads a timeout as on a `net.Socket`, where the property is documented. On a session it is not,
 * so it may be missing.
 */
function timeoutOf(session: ServerHttp2Session): number {
  return "timeout" in session && typeof session.timeout === "number" ? session.timeout : 0;
}
