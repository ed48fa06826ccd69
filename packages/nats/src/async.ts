/**
 * What a promise gives, if it does so in time.
 *
 * @throws what it rejects with, or an error with this message after so many milliseconds.
 */
export function within<T>(milliseconds: number, promise: Promise<T>, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A wait that can be cut short. */
export class Pause {
  #end: (() => void) | undefined;
  #ended = false;

  /** Resolves after so many milliseconds, or once woken. One wait at a time. */
  wait(milliseconds: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#end?.();
    this.#end = undefined;
  }

  /** Ends the wait under way and all later ones. */
  end(): void {
    this.#ended = true;
    this.wake();
  }
}
