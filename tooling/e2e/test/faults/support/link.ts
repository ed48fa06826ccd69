import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The treatment of the bytes on the way to the client. */
export type LinkFault = "none" | "frozen" | "one byte at a time";

/**
 * A network between clients and a server, in which things can go wrong without either end being
 * told.
 */
export class Link {
  /**
   * From here on: `frozen` passes nothing on, and no end of a connection either, as a cable that
   * was pulled.
   */
  fault: LinkFault = "none";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#join(client, connect({ port: target, host: "127.0.0.1", allowHalfOpen: true }));
    });
  }

  static async to(target: number): Promise<Link> {
    const link = new Link(target);
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, upstream: Socket): void {
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    }
    client.on("data", (bytes) => upstream.write(bytes));
    upstream.on("readable", () => this.#pass(upstream, client));
    client.once("close", () => this.fault === "none" && upstream.destroy());
    upstream.once("close", () => this.fault === "none" && client.destroy());
  }

  #pass(from: Socket, to: Socket): void {
    if (this.fault === "frozen" || from.destroyed) return;
    const bytes: Buffer | null = this.fault === "none" ? from.read() : from.read(1);
    if (bytes === null) return;
    to.write(bytes);
    if (this.fault === "one byte at a time") setTimeout(() => this.#pass(from, to), 20).unref();
  }
}
