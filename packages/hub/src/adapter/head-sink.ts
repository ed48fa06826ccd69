import type { StreamSink } from "./exchange.js";

/**
 * Stands in for the response to a HEAD request: the first write ends the stream, and its bytes are
 * dropped. Until then it closes when the client leaves, as the sink behind it does.
 */
export class HeadSink implements StreamSink {
  readonly #sink: StreamSink;
  readonly #onStart: () => void;
  #started = false;

  /** @param onStart called instead of the first write: the head is to be sent. */
  constructor(sink: StreamSink, onStart: () => void) {
    this.#sink = sink;
    this.#onStart = onStart;
  }

  get room(): number {
    return this.#sink.room;
  }

  get started(): boolean {
    return this.#started;
  }

  get over(): boolean {
    return this.#sink.over;
  }

  get closed(): Promise<void> {
    return this.#sink.closed;
  }

  write(): void {
    this.close();
  }

  close(): void {
    if (this.#started || this.over) return;
    this.#started = true;
    this.#onStart();
    this.#sink.release();
  }

  drain(): Promise<void> {
    return this.#sink.drain();
  }

  destroy(): void {
    this.#sink.destroy();
  }

  release(): void {
    this.#sink.release();
  }
}
