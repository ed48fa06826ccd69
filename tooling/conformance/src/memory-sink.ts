import type { EventSink } from "@sse/core";

/**
 * A sink and its client in one place, without a transport: the smallest thing that keeps the
 * contract, and a model for others.
 */
export class MemorySink implements EventSink {
  readonly closed: Promise<void>;
  /** Resolves to how the response ended, as the client sees it. */
  readonly end: Promise<"ended" | "cut">;
  readonly head: Promise<void>;

  readonly #highWaterMark: number;
  readonly #closeTimeout: number;
  #queue: Uint8Array[] = [];
  #received: Uint8Array[] = [];
  #paused = false;
  #state: "open" | "closing" | "closed" = "open";
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];
  #resolveClosed!: () => void;
  #resolveHead!: () => void;
  #resolveEnd!: (end: "ended" | "cut") => void;

  constructor({
    highWaterMark = 65_536,
    closeTimeout = 5000,
  }: { highWaterMark?: number; closeTimeout?: number } = {}) {
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
    this.#deadline = setTimeout(() => this.destroy(), this.#closeTimeout);
    this.#flush();
  }

  destroy(): void {
    this.#finish("cut");
  }

  /** All that the client has taken. */
  received(): Uint8Array {
    return Buffer.concat(this.#received);
  }

  /** The client takes nothing until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

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
    clearTimeout(this.#deadline);
    this.#release();
    this.#resolveClosed();
    this.#resolveEnd(end);
  }
}
