import { once } from "node:events";
import type { Server } from "node:http";
import type { Http2Server, ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Running } from "./subject.js";

/** Lets a server listen on a free port. */
export async function listening(server: Server | Http2Server): Promise<Running> {
  const cut = cutter(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      return closed;
    },
  };
}

function cutter(server: Server | Http2Server): () => void {
  if ("closeAllConnections" in server) return () => server.closeAllConnections();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return () => {
    for (const session of sessions) session.destroy();
  };
}
