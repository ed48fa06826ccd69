import type { EventSink } from "./sink.js";
import type { Timers } from "./timers.js";

/** What a {@link SendQueue} needs to know and whom it tells. */
export interface SendQueueOptions {
  /** Asked for room only; bytes go through {@link SendQueueOptions.write}. */
  sink: EventSink;
  /** Bytes that may wait behind the first send. */
  maxBytes: number;
  /** Milliseconds that the first send may wait; 0: no limit. */
  stallTimeout: number;
  timers: Timers;
  /** Writes the bytes of a send whose turn has come. */
  write(bytes: Uint8Array): void;
  /** Everything that waited has been written. Not called after {@link SendQueue.drop}. */
  emptied(): void;
  /** A send waited for too long, or too many bytes wait: the client must go. */
  overdue(): void;
}

interface WaitingSend {
  readonly bytes: Uint8Array;
  readonly settle: (sent: boolean) => void;
}

/** The sends of one stream that wait for room, in order and bounded in bytes and in time. */
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

  /** Waits for the bytes' turn. Resolves to true once they are written, to false when the queue is dropped before. */
  push(bytes: Uint8Array): Promise<boolean> {
    // The first is taken whatever its size, so that an awaited event above the bound is sent like any other.
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

  /** Gives up all that waits. */
  drop(): void {
    this.#options.timers.clearTimeout(this.#stallTimer);
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const { settle } of dropped) settle(false);
  }

  /** Writes what waits as the transport takes it, until nothing waits. */
  async #run(): Promise<void> {
    while (!this.empty) {
      this.#startStallTimer();
      await this.#roomOrDrop();
      if (this.empty) return;
      this.#options.timers.clearTimeout(this.#stallTimer);
      this.#writeWhileRoom();
    }
    this.#options.emptied();
  }

  async #roomOrDrop(): Promise<void> {
    const { sink, timers } = this.#options;
    await sink.drain();
    // Full again: a hub that shares the sink came first, or the transport has closed and the drop is about to follow. A timer
    // between the attempts, because a loop of promises alone would keep the runtime from reporting that the transport closed.
    while (sink.room <= 0 && !this.empty) {
      await new Promise<void>((resolve) => {
        timers.setTimeout(resolve, 0);
      });
      await sink.drain();
    }
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

  #startStallTimer(): void {
    const { stallTimeout, timers, overdue } = this.#options;
    if (stallTimeout > 0) this.#stallTimer = timers.setTimeout(overdue, stallTimeout);
  }
}
