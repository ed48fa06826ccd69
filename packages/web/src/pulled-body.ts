import { concat } from "./bytes.js";

/** Receives what the server does with a {@link PulledBody}. */
export interface BodyListener {
  /** The server asks for bytes: what it got before has left. */
  onPull(): void;
  /** The server has got everything up to {@link PulledBody.end}. */
  onEnd(): void;
  /** The server reads no further. */
  onCancel(): void;
}

/**
 * The maximum number of bytes that the server gets at a time. It asks for more when they have left,
 * so that a client which reads a large array slowly does not look stalled.
 */
const maxHandedBytes = 65_536;

/**
 * A `ReadableStream` that holds nothing itself (its high-water mark is 0). Bytes wait here, and
 * leave as one array each time that the server asks for more, so that a burst costs the server one
 * write.
 */
export class PulledBody {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #listener: BodyListener;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Bytes that the server got when it last asked. */
  #handedBytes = 0;
  /** The server waits for bytes, and there are none. */
  #wanted = false;
  #ending = false;

  constructor(listener: BodyListener) {
    this.#listener = listener;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => listener.onCancel(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Bytes that wait here, and those that the server got and may still hold. */
  get unsentBytes(): number {
    return this.#queuedBytes + this.#handedBytes;
  }

  write(bytes: Uint8Array): void {
    // An empty chunk ends the response on some servers.
    if (bytes.byteLength === 0) return;
    // Nothing waits while the server does, and most events fit.
    if (this.#wanted && bytes.byteLength <= maxHandedBytes) this.#hand(bytes);
    else {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.byteLength;
      if (this.#wanted) this.#handOver();
    }
  }

  /** Ends the body once the server has got everything. */
  end(): void {
    this.#ending = true;
    if (this.#wanted) this.#finish();
  }

  /** Ends the body as complete and drops what waits. */
  close(): void {
    this.#controller?.close();
    this.drop();
  }

  /** Ends the body as incomplete and drops what waits. */
  error(reason: unknown): void {
    this.#controller?.error(reason);
    this.drop();
  }

  /** Drops what waits. Nothing may be written afterwards. */
  drop(): void {
    this.#controller = undefined;
    this.#wanted = false;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#handedBytes = 0;
  }

  #pull(): void {
    if (this.#controller === undefined) return;
    this.#handedBytes = 0;
    if (this.#queuedBytes === 0 && this.#ending) this.#finish();
    else {
      if (this.#queuedBytes > 0) this.#handOver();
      else this.#wanted = true;
      this.#listener.onPull();
    }
  }

  #handOver(): void {
    const bytes = this.#takeQueue();
    this.#queuedBytes -= bytes.byteLength;
    this.#hand(bytes);
  }

  #hand(bytes: Uint8Array): void {
    this.#wanted = false;
    this.#handedBytes = bytes.byteLength;
    this.#controller?.enqueue(bytes);
  }

  /** Takes whole arrays, or the first part of a large one. */
  #takeQueue(): Uint8Array {
    const queue = this.#queue;
    let [count, bytes] = [0, 0];
    for (const { byteLength } of queue) {
      if (bytes + byteLength > maxHandedBytes) break;
      count += 1;
      bytes += byteLength;
    }
    if (count > 0) return concat(queue.splice(0, count), bytes);
    const [large] = queue as [Uint8Array];
    queue[0] = large.subarray(maxHandedBytes);
    return large.subarray(0, maxHandedBytes);
  }

  #finish(): void {
    this.close();
    this.#listener.onEnd();
  }
}
