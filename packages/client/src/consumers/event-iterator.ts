interface PendingRequest<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: Error): void;
}

/** An async iterator over pushed values, for one loop. */
export class EventIterator<T extends object> implements AsyncIterator<T, undefined> {
  /** The requests of the loop for which there is no value yet. */
  #requests: PendingRequest<T>[] = [];
  /** A value that was pushed before the loop asked for it. */
  #unclaimed: T | undefined;
  /**
   * Resolves when the loop has processed the last value: it asks for another one, or is left.
   * `undefined`: it has.
   */
  busy: Promise<void> | undefined;
  #onProcessed: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;
  readonly #onReturn: () => void;

  /** @param onReturn called when the loop is left before its end. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ resolve, reject });
      if (!this.#unclaimed) this.#processed();
      this.#settle();
    });
  }

  /** Passes a value to the loop, which is not {@link busy}. */
  push(value: T): void {
    this.#unclaimed = value;
    this.#settle();
    if (this.#requests.length > 0) return;
    this.busy = new Promise((resolve) => {
      this.#onProcessed = resolve;
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#ended) this.#onReturn();
    this.#failure = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the loop: its requests resolve as done, or, once, reject with the error. */
  end(error?: Error): void {
    this.#ended = true;
    this.#failure = error;
    this.#unclaimed = undefined;
    this.#processed();
    this.#settle();
  }

  #processed(): void {
    this.#onProcessed?.();
    this.busy = undefined;
  }

  /** Settles the requests for which there is a value, or after the end all. */
  #settle(): void {
    while (this.#unclaimed || this.#ended) {
      const request = this.#requests.shift();
      if (!request) return;
      const value = this.#unclaimed;
      if (value) request.resolve({ done: false, value });
      else if (this.#failure) request.reject(this.#failure);
      else request.resolve({ done: true, value: undefined });
      this.#unclaimed = this.#failure = undefined;
    }
  }
}
