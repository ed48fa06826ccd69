import type { Followed } from "./followed.js";

interface Waiter {
  readonly epoch: string;
  readonly sequence: number;
  resolve(followed: Followed): void;
  reject(error: unknown): void;
}

/** Holds the reads that wait until the stream has been followed far enough. */
export class HeadWaiters {
  readonly #waiters = new Set<Waiter>();

  /**
   * Resolves once {@link advance} reaches the sequence of the epoch.
   *
   * @param signal removes the waiter, which then stays pending.
   */
  wait(epoch: string, sequence: number, signal: AbortSignal): Promise<Followed> {
    return new Promise((resolve, reject) => {
      const waiter = { epoch, sequence, resolve, reject };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", () => this.#waiters.delete(waiter));
    });
  }

  /** Resolves the waiters that the followed head has reached. */
  advance(followed: Followed): void {
    this.#settle(
      ({ epoch, sequence }) => epoch === followed.epoch && sequence <= followed.head,
      (waiter) => waiter.resolve(followed),
    );
  }

  /** Rejects the waiters of every other epoch. */
  rejectOtherEpochs(epoch: string, error: unknown): void {
    this.#settle(
      (waiter) => waiter.epoch !== epoch,
      (waiter) => waiter.reject(error),
    );
  }

  rejectAll(error: unknown): void {
    this.#settle(
      () => true,
      (waiter) => waiter.reject(error),
    );
  }

  #settle(matches: (waiter: Waiter) => boolean, settle: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiters) {
      if (!matches(waiter)) continue;
      this.#waiters.delete(waiter);
      settle(waiter);
    }
  }
}
