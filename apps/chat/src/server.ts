import { createServer, type Server } from "node:http";
import { createHub, type EventLog } from "@sse/koa";
import Koa from "koa";
import { startEcho } from "./echo.js";
import { problems } from "./errors.js";
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

/** Options of the chat. Durations are milliseconds. */
export interface ChatServerOptions {
  /** The first port to try; the next free one is used. 0: any. Default 3002. */
  port?: number;
  /**
   * The time without a connection after which a person has left: a page that reloads does not
   * leave. Default 10,000.
   */
  presenceGrace?: number;
  /** The reconnection time sent to clients. Default 2,000. */
  retry?: number;
  /** The time before a page that was dropped at its own request reconnects. Default 6,000. */
  awayTime?: number;
  /** The time between two words of an answer of the model. Default 90. */
  wordTime?: number;
  /** The time between two heartbeats of a silent connection. Default 15,000. */
  heartbeat?: number;
  /** The time between two lines of the bot. Default 1,000. */
  echoTime?: number;
  /**
   * The token with which other programs publish through `POST /chat/push`. Default: none, and no
   * such endpoint.
   */
  pushToken?: string | undefined;
  /** The time between two ticks. Default 0: none. */
  tickInterval?: number;
  /** The time over which the streams are ended when the server closes. Default 200. */
  drain?: number;
  /**
   * The log of the history. It stays open when the server closes, so that the next server continues
   * it. Default: a log of its own.
   */
  log?: EventLog;
}

/** A running chat. */
export interface ChatServer {
  /** The address of the page, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ends all streams and stops listening. Calling it again returns the same promise. */
  close(): Promise<void>;
}

/**
 * Starts a chat.
 *
 * @throws the error of the operating system if no port is free.
 */
export async function createChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const { presenceGrace = 10_000, retry = 2_000, awayTime = 6_000, echoTime = 1_000 } = options;
  const { pushToken, tickInterval = 0, drain = 200, heartbeat = 15_000, wordTime = 90, log } = options;
  // A browser hides comments from the page: heartbeats as events let it notice a dead connection.
  const hub = createHub<ChatEvents>({
    events: chatSchemas,
    presenceGrace,
    retry,
    heartbeat: { kind: "event", interval: heartbeat },
    ...(log !== undefined && { log }),
  });
  announcePresence(hub);
  const silenceEcho = startEcho(hub, echoTime);
  const stopTicking = tickInterval > 0 ? startTicking(hub, tickInterval) : () => {};

  const app = new Koa();
  app.use(problems);
  const pushRoutes: Routes = pushToken ? { "/chat/push": { POST: push(hub, pushToken) } } : {};
  const metricsRoutes: Routes = { "/metrics": { GET: metrics(hub) } };
  app.use(
    router({ ...pageRoutes(), ...chatRoutes(hub, { awayTime, wordTime }), ...pushRoutes, ...metricsRoutes }),
  );
  const { server, port } = await listen(() => createServer(app.callback()), options.port ?? 3002);

  let closing: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    silenceEcho();
    stopTicking();
    const stopped = stopListening(server);
    await hub.close({ drain });
    // Browsers keep spare connections without a request.
    server.closeAllConnections();
    await stopped;
  }

  return { url: `http://localhost:${port}`, port, close: () => (closing ??= shutDown()) };
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
