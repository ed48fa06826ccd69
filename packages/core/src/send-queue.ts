import type { EventSink } from "./sink.js";
import type { Timers } from "./timers.js";

/** Bounds and callbacks of a {@link SendQueue}. */
export interface SendQueueOptions {
  /** Used for its room only; bytes are written by {@link SendQueueOptions.write}. */
  sink: EventSink;
  /** The maximum bytes that wait, apart from a single send. */
  maxBytes: number;
  /** Milliseconds for which the client may receive nothing while a send waits; 0: no limit. */
  stallTimeout: number;
  timers: Timers;
  /** Writes the bytes of a send when it is first in the queue. */
  write(bytes: Uint8Array): void;
  /** Called when all that waited has been written. Not called after {@link SendQueue.drop}. */
  emptied(): void;
  /** Called when the client has stalled, or too many bytes wait: disconnects the client. */
  overdue(): void;
}

/**
 * The number of timers that a stall timeout consists of, one after the other. After a standstill of
 * the process (a machine that sleeps, a long computation) a timer fires before the process reads
 * from its sockets: it ends one part of the timeout, and no connection.
 */
export const stallParts = 4;

interface WaitingSend {
  readonly bytes: Uint8Array;
  readonly settle: (sent: boolean) => void;
}

/** Queues the sends of one stream that wait for room, in order and bounded in bytes and in time. */
export class SendQueue {
  readonly #options: SendQueueOptions;
  #waiting: WaitingSend[] = [];
  #bytes = 0;
  #stallTimer: unknown;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * Queues bytes. Resolves to true once they are written, to false when the queue is dropped
   * before.
   */
  push(bytes: Uint8Array): Promise<boolean> {
    // The first is accepted at any size, so that an awaited event above the bound is sent like any
    // other.
    if (!this.empty && this.#bytes + bytes.length > this.#options.maxBytes) {
      this.#options.overdue();
      return Promise.resolve(false);
    }
    return new Promise((settle) => {
      this.#waiting.push({ bytes, settle });
      this.#bytes += bytes.length;
      if (this.#waiting.length === 1) void this.#run();
    });
  }

  /** Drops all that waits. */
  drop(): void {
    this.#options.timers.clearTimeout(this.#stallTimer);
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const { settle } of dropped) settle(false);
  }

  /** Writes what waits as fast as the transport sends it, until nothing waits. */
  async #run(): Promise<void> {
    while (!this.empty) {
      await this.#roomOrDrop();
      if (this.empty) return;
      this.#writeWhileRoom();
    }
    this.#options.emptied();
  }

  async #roomOrDrop(): Promise<void> {
    const { sink, timers } = this.#options;
    await this.#drain();
    // Full again: a hub that shares the sink wrote first, or the transport has closed and the drop
    // is about to follow. A timer between the attempts, because a loop of promises alone would keep
    // the runtime from reporting that the transport closed.
    while (sink.room <= 0 && !this.empty) {
      await new Promise<void>((resolve) => {
        timers.setTimeout(resolve, 0);
      });
      await this.#drain();
    }
  }

  /** Waits until the sink has drained, and cuts off a client that has stalled. */
  async #drain(): Promise<void> {
    const { sink, timers } = this.#options;
    this.#startStallTimer();
    await sink.drain();
    timers.clearTimeout(this.#stallTimer);
  }

  #writeWhileRoom(): void {
    const { sink, write } = this.#options;
    let written = 0;
    for (const { bytes, settle } of this.#waiting) {
      if (sink.room <= 0) break;
      write(bytes);
      this.#bytes -= bytes.length;
      settle(true);
      written++;
    }
    this.#waiting.splice(0, written);
  }

  /** @param parts the parts of the timeout in which the client has received nothing. */
  #startStallTimer(parts = 0): void {
    const { sink, stallTimeout, timers, overdue } = this.#options;
    if (stallTimeout === 0) return;
    const { room } = sink;
    this.#stallTimer = timers.setTimeout(() => {
      // A client that reads slowly is served without a time limit.
      const stalled = sink.room > room ? 0 : parts + 1;
      if (stalled === stallParts) overdue();
      else this.#startStallTimer(stalled);
    }, stallTimeout / stallParts);
  }
}
