import { EventReader } from "./event-reader.js";
import type { Exchange, Protocol } from "./protocols.js";

/**
 * A client that comes back whenever its connection ends, and remembers every event that it has
 * seen.
 */
export class Follower {
  /**
   * The data of the events that were published, in the order in which they came, over all
   * connections.
   */
  readonly received: string[] = [];
  /** Names of the hub's own events that came. */
  readonly control: string[] = [];
  /** The last reconnection time that it was told. */
  retry: number | undefined;
  connections = 0;
  readonly #protocol: Protocol;
  #lastEventId = "";
  #exchange: Exchange | undefined;
  #stopped = false;
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /**
   * Connects and reads, and resolves once the connection has ended.
   *
   * @param cutAfter bytes after which it cuts the connection itself; what comes after them it has
   * not seen.
   */
  async follow(port: number, cutAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const headers = this.#lastEventId === "" ? {} : { "last-event-id": this.#lastEventId };
    const exchange = await this.#protocol.ask(port, headers).catch(() => undefined);
    if (exchange === undefined) return;
    if (this.#stopped) return exchange.cut();
    this.connections += 1;
    this.#exchange = exchange;
    const reader = new EventReader();
    reader.lastEventId = this.#lastEventId;
    let left = cutAfter;
    exchange.body.on("data", (bytes: Buffer) => {
      if (left <= 0) return;
      this.#take(reader, bytes.subarray(0, left));
      left -= bytes.byteLength;
      if (left <= 0) exchange.cut();
    });
    await new Promise<void>((resolve) => exchange.body.once("close", resolve));
  }

  /** Follows until it is stopped, coming back at once whenever the connection ends. */
  async keepFollowing(port: number, cutAfter: () => number = () => Number.POSITIVE_INFINITY): Promise<void> {
    while (!this.#stopped) await this.follow(port, cutAfter());
  }

  /** Takes no more bytes until {@link resume}; the system's buffers fill up. */
  pause(): void {
    this.#exchange?.body.pause();
  }

  resume(): void {
    this.#exchange?.body.resume();
  }

  /** Gives up its connection, with what it has not taken. */
  leave(): void {
    this.#exchange?.cut();
  }

  /** Leaves for good. */
  stop(): void {
    this.#stopped = true;
    this.leave();
  }

  /** Resolves once so many events have come. */
  has(count: number): Promise<void> {
    return this.until(() => this.received.length >= count);
  }

  /** Resolves once it is live for the first time. */
  live(): Promise<void> {
    return this.until(() => this.control.includes("sse:live"));
  }

  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  #take(reader: EventReader, bytes: Uint8Array): void {
    for (const { type, data } of reader.read(bytes)) {
      if (type === "message") this.received.push(data);
      else this.control.push(type);
    }
    this.#lastEventId = reader.lastEventId;
    this.retry = reader.retry;
    for (const { holds, resolve } of this.#waiting) if (holds()) resolve();
    this.#waiting = this.#waiting.filter(({ holds }) => !holds());
  }
}
