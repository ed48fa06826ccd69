import type { Http2ServerResponse, ServerHttp2Session } from "node:http2";
import { isHttp2, type NodeResponse } from "./http-types.js";

/**
 * Keeps the server's idle time-outs (`server.timeout`, `server.setTimeout`) from ending a response that is quiet on purpose.
 *
 * @returns a function that puts them back where they would not come back by themselves.
 */
export function suspendIdleTimeout(response: NodeResponse): () => void {
  if (isHttp2(response)) {
    response.setTimeout(0);
    return suspendSessionTimeout(response);
  }
  // A server of HTTP/1.1 takes any duplex stream as a connection, also one without time-outs.
  if (typeof response.req.socket.setTimeout === "function") response.setTimeout(0);
  // The server sets the connection's time-out anew when the response has ended.
  return nothing;
}

function nothing(): void {}

/** An HTTP/2 connection with open event streams: it has one time-out for all that it carries. */
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
  };
}

/** As on a `net.Socket`, where the property is documented; a session's is not, so it may be missing. */
function timeoutOf(session: ServerHttp2Session): number {
  return "timeout" in session && typeof session.timeout === "number" ? session.timeout : 0;
}
