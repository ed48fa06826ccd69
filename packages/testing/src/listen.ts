import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeWebStream } from "node:stream/web";

/** A server that listens on a free port of this machine. */
export interface Listening {
  /** Its address, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens on a free port of this machine: with a server, or with what `createServer` accepts, such
 * as an Express application or `app.callback()` of Koa.
 */
export async function listen(server: Server | RequestListener): Promise<Listening> {
  const listening = typeof server === "function" ? createServer(server) : server;
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => listening.close(() => resolve()));
      listening.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Listens on a free port of this machine with a Fetch handler, such as the one of a scripted server
 * or of Hono. A body that fails breaks the connection.
 */
export function listenFetch(handler: (request: Request) => Response | Promise<Response>): Promise<Listening> {
  return listen((incoming, outgoing) => {
    // A response that cannot end as complete is cut, which is what a test of faults wants.
    respond(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

async function respond(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const leaving = new AbortController();
  outgoing.once("close", () => leaving.abort());
  const { status, headers, body } = await handler(requestOf(incoming, leaving.signal));
  // One by one: several cookies are several lines.
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(status);
  outgoing.flushHeaders();
  if (body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(body as NodeWebStream), outgoing);
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { url = "/", method = "GET", headers } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(new URL(url, `http://${headers.host ?? "127.0.0.1"}`), {
    method,
    signal,
    headers: pairs,
    ...(hasBody ? { body: Readable.toWeb(incoming) as BodyInit, duplex: "half" } : {}),
  });
}
