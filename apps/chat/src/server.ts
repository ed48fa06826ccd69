import type { Server } from "node:http";
import { createHub } from "@sse/koa";
import Koa from "koa";
import { startEcho } from "./echo.js";
import { jsonErrors } from "./errors.js";
import type { ChatEvents } from "./events.js";
import { listen } from "./listen.js";
import { pageRoutes } from "./page.js";
import { announcePresence } from "./presence.js";
import { router } from "./router.js";
import { chatRoutes } from "./routes.js";

/** How the chat is served. Durations are milliseconds. */
export interface ChatServerOptions {
  /** The first port to try; the next free one is taken. 0: any. Default 3002. */
  port?: number;
  /** How long somebody may be without a connection before they have left: a page that reloads does not leave. Default 10,000. */
  presenceGrace?: number;
  /** The reconnection time told to clients. Default 2,000. */
  retry?: number;
  /** For how long a page that asks to be dropped is kept away. Default 6,000. */
  awayTime?: number;
  /** How long the bot takes for a line. Default 1,000. */
  echoTime?: number;
}

/** A chat that is being served. */
export interface ChatServer {
  /** Where the page is, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ends all streams and stops listening. Calling it again gives the same promise. */
  close(): Promise<void>;
}

/**
 * Starts a chat with a history of its own.
 *
 * @throws what the operating system says if no port is free.
 */
export async function createChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const { presenceGrace = 10_000, retry = 2_000, awayTime = 6_000, echoTime = 1_000 } = options;
  // A browser does not show comments to the page: heartbeats that are events let it notice a dead line.
  const hub = createHub<ChatEvents>({ presenceGrace, retry, heartbeat: { kind: "event" } });
  announcePresence(hub);
  const silenceEcho = startEcho(hub, echoTime);

  const app = new Koa();
  app.use(jsonErrors);
  app.use(router({ ...pageRoutes(), ...chatRoutes(hub, awayTime) }));
  const { server, port } = await listen(app.callback(), options.port ?? 3002);

  let closing: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    silenceEcho();
    const stopped = stopListening(server);
    await hub.close({ drain: 200 });
    // Browsers keep spare connections on which they have asked nothing yet.
    server.closeAllConnections();
    await stopped;
  }

  return { url: `http://localhost:${port}`, port, close: () => (closing ??= shutDown()) };
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
