import { type Puller, pull, type Source } from "@sse/core/internal";

/** Reads a source until a signal aborts. One listener, however many values are read. */
export class AbortablePuller<T> {
  readonly #puller: Puller<T>;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#abandon();
  #abandon: () => void = () => {};

  constructor(source: Source<T>, signal: AbortSignal) {
    this.#puller = pull(source);
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Reads the next value. Resolves to `undefined` as soon as the signal has aborted. */
  next(): Promise<IteratorResult<T, unknown> | undefined> {
    if (this.#signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#abandon = () => resolve(undefined);
      this.#puller.next().then(resolve, reject);
    });
  }

  /**
   * Stops the source, if it has not ended. Returns at once, because a source that waits for a value
   * may never settle.
   */
  stop(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#puller.stop().catch(() => {});
  }
}
