import type { Timers } from "@sse/core";

/** A wait that can be canceled and leaves no timer behind. One at a time. */
export class Sleep {
  readonly #timers: Timers;
  #finish: (timedOut: boolean) => void = nothing;
  #closed = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Waits until the time has passed, or until {@link cancel}. */
  async for(milliseconds: number): Promise<void> {
    await this.orUntil(new Promise(() => {}), milliseconds);
  }

  /**
   * Waits until the event happens, the time has passed, or {@link cancel}.
   *
   * @param event must not reject.
   * @returns whether the time has passed first.
   */
  orUntil(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = this.#timers.setTimeout(() => finish(true), milliseconds);
      const finish = (timedOut: boolean) => {
        this.#timers.clearTimeout(timer);
        resolve(timedOut);
      };
      this.#finish = finish;
      void event.then(() => finish(false));
    });
  }

  /** Ends the wait at once. Does nothing if there is none. */
  cancel(): void {
    this.#finish(false);
  }

  /** Ends the wait, and every later one, at once. */
  close(): void {
    this.#closed = true;
    this.cancel();
  }
}

function nothing(): void {}
