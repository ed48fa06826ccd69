import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A TCP proxy to a port of 127.0.0.1 that can be cut: at once, after some bytes, or until it is
 * restored.
 */
export class CuttableLink {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target: number;
  #severed = false;
  #swallows = false;
  /** Bytes that may still pass, both ways together. */
  #bytesLeft = Number.POSITIVE_INFINITY;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as { port: number }).port;
    server.on("connection", (near) => this.#join(near));
  }

  static async to(target: number): Promise<CuttableLink> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttableLink(server, target);
  }

  /** Resets every connection; new ones pass. */
  cut(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /**
   * Cuts once this many bytes have passed from now on, in the middle of a chunk if it falls there.
   */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Cuts, and refuses new connections until {@link mend}. */
  sever(): void {
    this.#severed = true;
    this.cut();
  }

  mend(): void {
    this.#severed = false;
    this.#swallows = false;
  }

  /** Holds all bytes back until {@link resume} and cuts nothing: each side waits for the other. */
  stall(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /**
   * Drops everything that the far side sends on the connections that are open now, for as long as
   * they live. New ones pass.
   */
  swallow(): void {
    for (const [, far] of this.#pairs) far.removeAllListeners("data").resume();
  }

  /** Drops everything that the far side sends on later connections, until {@link mend}. */
  swallowNext(): void {
    this.#swallows = true;
  }

  resume(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  /** Leads new connections to another port; open ones stay. */
  pointAt(target: number): void {
    this.#target = target;
  }

  async close(): Promise<void> {
    this.sever();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    if (this.#severed) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.setNoDelay(true);
      from.on("data", (bytes) => {
        if (from === near || !this.#swallows) this.#pass(bytes, to);
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  #pass(bytes: Buffer, to: Socket): void {
    const whole = bytes.byteLength < this.#bytesLeft;
    const passing = whole ? bytes : bytes.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= passing.byteLength;
    if (whole) to.write(passing);
    else to.write(passing, () => this.cut());
  }
}
