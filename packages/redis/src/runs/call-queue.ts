/**
 * Maximum number of calls in flight: Redis runs one script at a time, so more would only queue
 * there.
 */
const maxCalls = 4;

/** Makes calls in their order, a few at a time. */
export class CallQueue {
  readonly #waiting: (() => void)[] = [];
  #free = maxCalls;

  /** Makes a call, once there are few enough in flight, and resolves or rejects as it does. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
