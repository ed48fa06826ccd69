import { Agent, type ClientRequest, createServer, request, type Server } from "node:http";
import {
  connect,
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";
import type { Readable } from "node:stream";
import type { NodeHandler } from "@sse/node";

/** A response whose bytes come in. */
export interface Exchange {
  readonly body: Readable;
  /** Cuts the connection without a word. */
  cut(): void;
}

/** The way in which a server is made and asked in one version of HTTP, without TLS. */
export interface Protocol {
  readonly name: string;
  createServer(handler: NodeHandler): RunningServer;
  /** Rejects if the connection is refused or cut before the answer. */
  ask(port: number, headers: Record<string, string>): Promise<Exchange>;
}

export interface RunningServer {
  readonly server: Server | Http2Server;
  /** Cuts all connections, as a crash would. */
  cutAll(): void;
}

const http1: Protocol = {
  name: "http/1.1",
  createServer(handler) {
    const server = createServer(handler);
    return { server, cutAll: () => server.closeAllConnections() };
  },
  ask(port, headers) {
    const agent = new Agent({ keepAlive: true });
    const outgoing: ClientRequest = request({ host: "127.0.0.1", port, headers, agent }).end();
    const cut = (): void => {
      outgoing.destroy();
      agent.destroy();
    };
    return new Promise((resolve, reject) => {
      outgoing.on("error", reject);
      outgoing.once("response", (body) => resolve({ body: body.on("error", ignore), cut }));
    });
  },
};

const http2: Protocol = {
  name: "http/2",
  createServer(handler) {
    const server = createHttp2Server(handler);
    const sessions = new Set<ServerHttp2Session>();
    server.on("session", (session) => {
      sessions.add(session);
      session.on("error", ignore);
      session.once("close", () => sessions.delete(session));
    });
    const cutAll = (): void => {
      for (const session of sessions) session.destroy();
    };
    return { server, cutAll };
  },
  ask(port, headers) {
    const session = connect(`http://127.0.0.1:${port}`);
    const body = session.request({ ":path": "/", ...headers });
    body.once("close", () => session.destroy());
    return new Promise((resolve, reject) => {
      session.on("error", reject);
      body.on("error", reject);
      body.once("close", () => reject(new Error("closed without an answer")));
      body.once("response", () => resolve({ body, cut: () => session.destroy() }));
    });
  },
};

export const protocols: readonly Protocol[] = [http1, http2];

function ignore(): void {}
