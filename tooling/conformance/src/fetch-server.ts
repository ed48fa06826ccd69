import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { listening } from "./adapters/listening.js";
import type { Running, ServerLimits } from "./adapters/subject.js";

/** A Fetch handler. Some servers add arguments of their own to the request. */
export type FetchHandler = (request: Request, ...rest: unknown[]) => Response | Promise<Response>;

interface FetchServer {
  /** The server, with the runtime's version. */
  name: string;
  limits: ServerLimits;
  listen(handler: FetchHandler): Promise<Running>;
}

/** The globals of Bun that the tests use. */
interface Bun {
  version: string;
  serve(options: { port: number; hostname: string; fetch: FetchHandler }): {
    port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
}

/** The globals of Deno that the tests use. */
interface Deno {
  version: { deno: string };
  serve(
    options: { port: number; hostname: string; onListen(): void; signal: AbortSignal },
    handler: FetchHandler,
  ): { addr: { port: number }; finished: Promise<void> };
}

const runtime = globalThis as { Bun?: Bun; Deno?: Deno };

/** The Fetch server of the runtime that runs the tests; on Node that of Hono. */
export const fetchServer: FetchServer = runtime.Bun
  ? onBun(runtime.Bun)
  : runtime.Deno
    ? onDeno(runtime.Deno)
    : onNode();

function onBun(bun: Bun): FetchServer {
  return {
    name: "Bun.serve",
    limits: {
      pipelining: "Bun starts no request before the one ahead of it on the connection has ended",
      announceClose: "Bun closes the connection without announcing it",
    },
    listen: async (fetch) => {
      const server = bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
      return { port: server.port, stop: () => server.stop(true) };
    },
  };
}

function onDeno(deno: Deno): FetchServer {
  return {
    name: "Deno.serve",
    limits: {
      pipelining: "Deno starts no request before the one ahead of it on the connection has ended",
      longBody: "Deno closes a connection whose body was refused",
    },
    listen: async (handler) => {
      const stopping = new AbortController();
      const options = { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stopping.signal };
      const server = deno.serve(options, handler);
      return {
        port: server.addr.port,
        stop: () => {
          stopping.abort();
          return server.finished;
        },
      };
    },
  };
}

function onNode(): FetchServer {
  return {
    name: "@hono/node-server",
    limits: {
      noConnectionHeader: "Node adds Connection: keep-alive, which a Fetch response cannot take away",
      cut: "Hono ends the response of a body that fails as complete, when nothing of it has left",
    },
    listen: (handler) => listening(createServer(getRequestListener(handler, { hostname: "localhost" }))),
  };
}
