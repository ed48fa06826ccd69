import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** A way to a server on which every connection breaks. */
export interface CuttingLink {
  readonly port: number;
  /** The number of connections so far. */
  connections(): number;
  close(): void;
}

/**
 * Opens a way to a server. It cuts each connection after a random number of the server's bytes, in
 * the middle of an event as well as between two.
 */
export async function openCuttingLink(target: number): Promise<CuttingLink> {
  const sockets = new Set<{ destroy(): void }>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(target, "127.0.0.1");
    // The head and the first position are let through: before it there is nothing to resume from.
    let left = 1_000 + Math.floor(Math.random() * 3_000);
    client.pipe(upstream);
    upstream.on("data", (bytes) => {
      client.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) client.destroySoon();
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroySoon();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
