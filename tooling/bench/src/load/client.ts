import { connect, type Socket } from "node:net";
import { markerByte } from "../payload.js";

/** Address and headers of a client. */
export interface Target {
  port: number;
  topic: string;
  /** The client's own address. Default: as the system chooses. */
  localAddress?: string | undefined;
  lastEventId?: string | undefined;
}

/** Receives the reports of clients. */
export interface Counter {
  /** These bytes have arrived. They are overwritten after this returns. */
  read(client: Client, bytes: Buffer): void;
  /** So many events were in them. */
  arrivedAt(client: Client, events: number): void;
}

/** One for all clients: what is read is counted before anything else is read. */
const buffer = Buffer.allocUnsafe(65_536);

const headEnd = Buffer.from("\r\n\r\n");

/**
 * A client that only counts: no parser, no HTTP, no allocation for each read, so that it costs less
 * than what it measures.
 */
export class Client {
  /** Resolves when the head of the response has arrived. */
  readonly open: Promise<void>;
  /** Events that have arrived since counting began. */
  events = 0;
  /** Reads since counting began. */
  reads = 0;
  stalled = false;
  /** Whether the server has ended the connection. */
  cutOff = false;
  readonly number: number;
  readonly #socket: Socket;
  readonly #counter: Counter;
  #head: Buffer | undefined = Buffer.alloc(0);
  #onOpen: () => void = () => {};

  constructor(number: number, target: Target, counter: Counter) {
    this.number = number;
    this.#counter = counter;
    this.#socket = connect({
      port: target.port,
      host: "127.0.0.1",
      ...(target.localAddress !== undefined && { localAddress: target.localAddress }),
      onread: { buffer, callback: (length) => this.#read(length) },
    });
    this.open = new Promise((resolve, reject) => {
      this.#onOpen = resolve;
      this.#socket.once("error", reject);
      this.#socket.once("close", () => {
        this.cutOff = true;
        reject(new Error("a server closed a connection"));
      });
    });
    this.#socket.write(request(target));
  }

  /** Reads nothing more, like a laptop that sleeps. */
  stall(): void {
    this.stalled = true;
    this.#socket.pause();
  }

  /** Ends at once and leaves no port waiting. */
  leave(): void {
    this.#socket.resetAndDestroy();
  }

  /** Counts from 0 again. */
  reset(): void {
    this.events = 0;
    this.reads = 0;
  }

  #read(length: number): boolean {
    this.reads += 1;
    this.#counter.read(this, buffer.subarray(0, length));
    const events = markers(length);
    if (this.#head !== undefined) this.#readHead(this.#head, length);
    if (events > 0) {
      this.events += events;
      this.#counter.arrivedAt(this, events);
    }
    return true;
  }

  #readHead(before: Buffer, length: number): void {
    const head = Buffer.concat([before, buffer.subarray(0, length)]);
    if (!head.includes(headEnd)) {
      this.#head = head;
      return;
    }
    this.#head = undefined;
    const status = head.toString("latin1", 0, head.indexOf("\r\n"));
    if (status.startsWith("HTTP/1.1 200")) this.#onOpen();
    else this.#socket.destroy(new Error(`a server answered ${status}`));
  }
}

/** The markers in the first bytes of the buffer. */
function markers(length: number): number {
  // Where the search ends without looking at what an earlier read left behind.
  if (length < buffer.length) buffer[length] = markerByte;
  let count = 0;
  for (let at = buffer.indexOf(markerByte); at >= 0 && at < length; at = buffer.indexOf(markerByte, at + 1))
    count += 1;
  return count;
}

function request({ topic, lastEventId }: Target): string {
  const resume = lastEventId === undefined ? "" : `Last-Event-ID: ${lastEventId}\r\n`;
  return `GET /${topic} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n${resume}\r\n`;
}
