import type { ServerHttp2Session } from "node:http2";
import { systemTimers } from "@sse/core/internal";

/** HTTP/2 connections that have had event streams, and have none now. */
const idle = new Set<ServerHttp2Session>();

/** Milliseconds between two looks at the servers. */
const interval = 250;

/**
 * Closes an HTTP/2 connection (GOAWAY) once its server accepts no more connections and its streams
 * have ended. `server.close()` of `node:http2` waits for idle connections, which clients keep open;
 * that of `node:http` closes them itself.
 */
export function closeWithServer(session: ServerHttp2Session): void {
  if (serverOf(session) === undefined) return;
  if (idle.size === 0) watch();
  idle.add(session);
}

/** Looks again and again, because servers emit no event when they stop to listen. */
function watch(): void {
  const timer = systemTimers.setTimeout(() => {
    for (const session of idle) {
      const closes = serverOf(session)?.listening === false;
      if (closes) session.close();
      if (closes || session.closed || session.destroyed) idle.delete(session);
    }
    if (idle.size > 0) watch();
  }, interval);
  // It must not keep the process running.
  (timer as NodeJS.Timeout).unref?.();
}

/**
 * Returns the server that accepted a connection; none for a duplex stream of the application's own.
 */
function serverOf(session: ServerHttp2Session): { readonly listening: boolean } | undefined {
  if (session.destroyed) return undefined;
  const { server } = session.socket as { server?: { readonly listening: boolean } };
  return server;
}
