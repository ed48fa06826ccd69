/** The time from the start of a session to its end. */
export class Lifetime {
  readonly #controller = new AbortController();
  /** One set instead of a listener of the signal for each wait, of which there may be thousands. */
  readonly #waiting = new Set<(reason: unknown) => void>();

  /** Aborts at the end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(reason: unknown): void {
    this.#controller.abort(reason);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /**
   * Waits for a response, but not beyond the end.
   *
   * @throws (as a rejection) what the response rejects with, or the reason of the end.
   */
  async during<T>(response: Promise<T>): Promise<T> {
    let reject: (reason: unknown) => void = () => {};
    const ended = new Promise<never>((_resolve, fail) => {
      reject = fail;
    });
    if (this.signal.aborted) reject(this.signal.reason);
    else this.#waiting.add(reject);
    return Promise.race([response, ended]).finally(() => this.#waiting.delete(reject));
  }
}
