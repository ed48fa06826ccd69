import { once } from "node:events";
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerOptions,
} from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { NodeHandler } from "../../src/index.js";

/** A server of HTTP/1.1 that stops with the test. */
export async function http1(
  handler: RequestListener,
  options: ServerOptions = {},
): Promise<{ server: Server; port: number }> {
  const server = createServer(options, handler);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, port: await listening(server) };
}

/** A server of HTTP/2 without TLS that stops with the test, and a connection to it. */
export async function http2(
  handler: NodeHandler,
  timeout = 0,
): Promise<{ server: Http2Server; session: ClientHttp2Session }> {
  const server = createHttp2Server(handler).setTimeout(timeout);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  const session = connect(`http://127.0.0.1:${await listening(server)}`);
  session.on("error", () => {});
  onTestFinished(async () => {
    for (const one of sessions) one.destroy();
    session.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { server, session };
}

async function listening(server: Server | Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A request on a connection that stays open, which stops with the test. */
export function ask(
  port: number,
  options: { method?: string; path?: string; agent?: Agent } = {},
): ClientRequest {
  const agent = options.agent ?? keepAliveAgent();
  const outgoing = request({ host: "127.0.0.1", port, ...options, agent }).end();
  outgoing.on("error", () => {});
  onTestFinished(() => void outgoing.destroy());
  return outgoing;
}

/** An agent with one connection. */
export function keepAliveAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** Resolves once a request's connection has closed, answered or not. */
export function closed(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => outgoing.once("close", () => resolve()));
}

/** The response to a request. */
export async function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [response] = await once(outgoing, "response");
  return response;
}

/** All that a response or a stream carries, as text. */
export async function textOf(readable: IncomingMessage | ClientHttp2Stream): Promise<string> {
  let text = "";
  for await (const chunk of readable.setEncoding("utf8")) text += chunk;
  return text;
}

/** Resolves once so much has arrived that a part of it is this text. Keeps reading. */
export function arrives(readable: IncomingMessage | ClientHttp2Stream, part: string): Promise<void> {
  return new Promise((resolve) => {
    let text = "";
    readable.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(part)) resolve();
    });
  });
}

/** The listeners that a socket has, by event. */
export function listenersOf(socket: Socket): Record<string, number> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));
}

/** Resolves once a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
