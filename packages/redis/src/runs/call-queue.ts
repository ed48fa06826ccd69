/**
 * Maximum number of calls in flight: Redis runs one script at a time, so more would only queue
 * there.
 */
const maxCalls = 4;

interface WaitingCall {
  readonly start: () => void;
  readonly reject: (error: unknown) => void;
}

/** Makes calls in their order, a few at a time. */
export class CallQueue {
  readonly #isOpen: () => boolean;
  #waiting: WaitingCall[] = [];
  #free = maxCalls;

  /** @param isOpen whether the connection of the calls is open. */
  constructor(isOpen: () => boolean) {
    this.#isOpen = isOpen;
  }

  /**
   * Makes a call, once there are few enough in flight, and resolves or rejects as it does. Rejects
   * without the call if one before it has lost the connection.
   */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((start, reject) => this.#waiting.push({ start, reject }));
    else this.#free -= 1;
    try {
      return await call();
    } catch (error) {
      if (!this.#isOpen()) this.#rejectWaiting(error);
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next.start();
    }
  }

  /** A server that does not answer would let each of them wait for its own timeout. */
  #rejectWaiting(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
