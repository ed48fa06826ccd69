import { once } from "node:events";
import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";

/** A server that listens on a free port of this machine. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/** Listens with a request listener of `node:http`, or with a server made elsewhere. */
export async function listen(handler: RequestListener | HttpServer): Promise<Listening> {
  return listening(typeof handler === "function" ? createServer(handler) : handler);
}

/** Listens on the level of TCP, where everything can go wrong. */
export async function listenRaw(onSocket: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcpServer(onSocket));
}

/**
 * Stands between a client and a server, and cuts each connection after as many bytes of the
 * server's as it is told; -1: none.
 */
export async function listenCutting(port: number, cutAfter: () => number): Promise<Listening> {
  return listenRaw((client) => {
    const server = connect(port, "127.0.0.1");
    let left = cutAfter();
    client.pipe(server);
    server.on("data", (bytes) => {
      if (left === -1) {
        client.write(bytes);
        return;
      }
      client.write(bytes.subarray(0, left));
      left -= Math.min(left, bytes.length);
      // What was written before goes out, as when a cable is cut behind it.
      if (left === 0) client.destroySoon();
    });
    server.on("error", () => client.destroy());
    server.on("close", () => client.destroySoon());
    client.on("error", () => {});
    client.on("close", () => server.destroy());
  });
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The head of an answer that is an event stream, as raw HTTP/1.1 that ends with the connection. */
export const streamHead: string =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";

/** Calls back with each request's head, when it is complete. */
export function onRequestHead(socket: Socket, callback: (head: string) => void): void {
  let head = "";
  socket.on("data", (bytes) => {
    head += bytes.toString("latin1");
    if (head.includes("\r\n\r\n")) callback(head);
  });
}
