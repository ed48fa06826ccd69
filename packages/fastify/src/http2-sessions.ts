import type { ServerHttp2Session } from "node:http2";
import type { FastifyInstance } from "fastify";

/**
 * Closes the HTTP/2 connections of an application when it closes: Node before 24 waits for idle
 * ones, which clients keep open. Each ends after the responses under way.
 */
export function closeSessionsWith(app: FastifyInstance): void {
  if (!app.initialConfig.http2) return;
  const sessions = new Set<ServerHttp2Session>();
  let isClosing = false;

  function add(session: ServerHttp2Session): void {
    if (isClosing) session.close();
    if (sessions.has(session)) return;
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  }

  app.server.on("session", add);
  // An application that listens on several addresses has further servers, which it does not show.
  app.addHook("onRequest", async ({ raw }) => {
    const { session } = (raw as { stream?: { session?: ServerHttp2Session } }).stream ?? {};
    if (session) add(session);
  });
  app.addHook("preClose", async () => {
    isClosing = true;
    for (const session of sessions) session.close();
  });
}
