import { createEventParser, type EventSink, type ParsedEvent } from "@sse/core";
import { requireKnownKeys, systemTimers, type Timers } from "@sse/core/internal";

/** Options of a {@link MemorySink}. */
export interface MemorySinkOptions {
  /** Bytes that may be queued before the sink is full. Default 65,536. */
  highWaterMark?: number | undefined;
  /** Milliseconds after which a response that cannot end is destroyed. Default 5,000. */
  closeTimeout?: number | undefined;
  /** Measures `closeTimeout`. Default: the runtime's timers. */
  timers?: Timers | undefined;
}

/**
 * A sink and its client in one object, without a transport: the smallest thing that keeps the
 * contract, and a model for others. The client reads everything at once, unless it is paused.
 *
 * Over 25 members: the contract of EventSink, its client, and the promises of both.
 */
export class MemorySink implements EventSink {
  readonly closed: Promise<void>;
  /** Resolves to how the response ended, as the client sees it. */
  readonly end: Promise<"ended" | "cut">;
  /** Resolves once the client has received the head of the response. */
  readonly head: Promise<void>;

  readonly #highWaterMark: number;
  readonly #closeTimeout: number;
  #queue: Uint8Array[] = [];
  #received: Uint8Array[] = [];
  #paused = false;
  #state: "open" | "closing" | "closed" = "open";
  readonly #timers: Timers;
  #deadline: unknown;
  #waiting: (() => void)[] = [];
  #resolveClosed!: () => void;
  #resolveHead!: () => void;
  #resolveEnd!: (end: "ended" | "cut") => void;

  constructor(options: MemorySinkOptions = {}) {
    requireKnownKeys(options, ["highWaterMark", "closeTimeout", "timers"], "new MemorySink");
    const { highWaterMark = 65_536, closeTimeout = 5_000, timers = systemTimers } = options;
    this.#timers = timers;
    this.#highWaterMark = highWaterMark;
    this.#closeTimeout = closeTimeout;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.head = new Promise((resolve) => {
      this.#resolveHead = resolve;
    });
    this.end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
  }

  get room(): number {
    return this.#highWaterMark - this.#queue.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#resolveHead();
    this.#queue.push(bytes);
    this.#flush();
  }

  drain(): Promise<void> {
    if (this.#state === "closed" || this.room > 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#resolveHead();
    this.#deadline = this.#timers.setTimeout(() => this.destroy(), this.#closeTimeout);
    this.#flush();
  }

  destroy(): void {
    this.#finish("cut");
  }

  /** Returns all bytes that the client has received. */
  received(): Uint8Array {
    return Buffer.concat(this.#received);
  }

  /** All that the client has received, as a string. */
  get text(): string {
    return new TextDecoder().decode(this.received());
  }

  /** The events that the client has received, control events included. */
  get events(): ParsedEvent[] {
    const events: ParsedEvent[] = [];
    createEventParser({ onEvent: (event) => events.push(event) }).feed(this.received());
    return events;
  }

  /** Stops the client from reading bytes until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Lets the client read what is queued, and all that follows. */
  resume(): void {
    this.#paused = false;
    this.#flush();
  }

  #flush(): void {
    if (this.#paused || this.#state === "closed") return;
    this.#received.push(...this.#queue);
    this.#queue = [];
    this.#release();
    if (this.#state === "closing") this.#finish("ended");
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #finish(end: "ended" | "cut"): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#queue = [];
    this.#timers.clearTimeout(this.#deadline);
    this.#release();
    this.#resolveClosed();
    this.#resolveEnd(end);
  }
}
