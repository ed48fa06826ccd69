import { createServer, type Server } from "node:http";
import { createHub, type EventLog } from "@sse/koa";
import Koa from "koa";
import { startEcho } from "./echo.js";
import { jsonErrors } from "./errors.js";
import type { ChatEvents } from "./events.js";
import { listen } from "./listen.js";
import { metrics } from "./metrics.js";
import { pageRoutes } from "./page.js";
import { announcePresence } from "./presence.js";
import { push } from "./push.js";
import { type Routes, router } from "./router.js";
import { chatRoutes } from "./routes.js";
import { chatSchemas } from "./schemas.js";
import { startTicking } from "./tick.js";

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
  /** What other programs need to publish through `POST /chat/push`. Default: none, and there is no such endpoint. */
  pushToken?: string | undefined;
  /** The time between two ticks. Default 0: none. */
  tickInterval?: number;
  /** Over how long the streams are ended when the server closes. Default 200. */
  drain?: number;
  /** Where the history is kept. It stays open when the server closes, so that the next one goes on with it. Default: a log of its own. */
  log?: EventLog;
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
 * Starts a chat.
 *
 * @throws what the operating system says if no port is free.
 */
export async function createChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const { presenceGrace = 10_000, retry = 2_000, awayTime = 6_000, echoTime = 1_000 } = options;
  const { pushToken, tickInterval = 0, drain = 200, log } = options;
  // A browser does not show comments to the page: heartbeats that are events let it notice a dead line.
  const hub = createHub<ChatEvents>({
    events: chatSchemas,
    presenceGrace,
    retry,
    heartbeat: { kind: "event" },
    ...(log !== undefined && { log }),
  });
  announcePresence(hub);
  const silenceEcho = startEcho(hub, echoTime);
  const stopTicking = tickInterval > 0 ? startTicking(hub, tickInterval) : () => {};

  const app = new Koa();
  app.use(jsonErrors);
  const pushRoutes: Routes = pushToken ? { "/chat/push": { POST: push(hub, pushToken) } } : {};
  const metricsRoutes: Routes = { "/metrics": { GET: metrics(hub) } };
  app.use(router({ ...pageRoutes(), ...chatRoutes(hub, awayTime), ...pushRoutes, ...metricsRoutes }));
  const { server, port } = await listen(() => createServer(app.callback()), options.port ?? 3002);

  let closing: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    silenceEcho();
    stopTicking();
    const stopped = stopListening(server);
    await hub.close({ drain });
    // Browsers keep spare connections on which they have asked nothing yet.
    server.closeAllConnections();
    await stopped;
  }

  return { url: `http://localhost:${port}`, port, close: () => (closing ??= shutDown()) };
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
