import type { ServerResponse } from "node:http";
import type { EventSink } from "@sse/fastify";

/** Milliseconds between two writes to a narrow line. */
const interval = 50;

/** Milliseconds that a client has to receive what was written before the stream was closed. */
const closeTimeout = 5_000;

/** The bytes that may wait for a line, as in the buffers of a network. */
const highWaterMark = { narrow: 512, wide: 65_536 };

/**
 * Writes a stream to a response at a limited rate, as a client on a slow network would read it: a
 * socket on one machine is never slow by itself.
 */
export class PacedSink implements EventSink {
  readonly closed: Promise<void>;
  readonly #response: ServerResponse;
  readonly #rate: () => number;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #waiting: (() => void)[] = [];
  #ending = false;
  readonly #timer: NodeJS.Timeout;
  #closeDeadline: NodeJS.Timeout | undefined;

  /** @param rate returns the bytes a second that pass now; `Infinity`: no limit. */
  constructor(response: ServerResponse, rate: () => number) {
    this.#response = response;
    this.#rate = rate;
    this.#timer = setInterval(() => this.#pass(), interval);
    this.closed = new Promise((resolve) => {
      response.once("close", () => {
        clearInterval(this.#timer);
        clearTimeout(this.#closeDeadline);
        this.#wake();
        resolve();
      });
    });
  }

  get room(): number {
    const mark = this.#rate() === Number.POSITIVE_INFINITY ? highWaterMark.wide : highWaterMark.narrow;
    return mark - this.#queued - this.#response.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.#response.destroyed) return;
    this.#queue.push(bytes);
    this.#queued += bytes.byteLength;
    if (this.#rate() === Number.POSITIVE_INFINITY) this.#pass();
  }

  drain(): Promise<void> {
    if (this.room > 0 || this.#response.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (this.#ending || this.#response.destroyed) return;
    this.#ending = true;
    this.#closeDeadline = setTimeout(() => this.destroy(), closeTimeout);
    this.#pass();
  }

  destroy(): void {
    this.#response.destroy();
  }

  #pass(): void {
    let budget = this.#ending ? Number.POSITIVE_INFINITY : Math.ceil((this.#rate() * interval) / 1_000);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const part = next.subarray(0, budget);
      this.#response.write(part);
      this.#queued -= part.byteLength;
      budget -= part.byteLength;
      if (part.byteLength < next.byteLength) this.#queue.unshift(next.subarray(part.byteLength));
      if (budget <= 0) break;
    }
    if (this.#ending) this.#response.end();
    else if (this.room > 0) this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
