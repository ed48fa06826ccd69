import type { NatsLogClock } from "../clock.js";

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Limits how many tasks run at a time. Those that wait start in the order of their calls. Each
 * result is returned in a turn of the event loop of its own, since what is done with it would hold
 * up all else.
 */
export class Slots {
  readonly #clock: NatsLogClock;
  #free: number;
  #waiting: Waiter[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(count: number, clock: NatsLogClock) {
    this.#free = count;
    this.#clock = clock;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    try {
      return await task();
    } finally {
      this.#turn = this.#turn.then(() => new Promise<void>((resolve) => this.#clock.defer(resolve)));
      await this.#turn;
      this.#release();
    }
  }

  /** Rejects the tasks that wait, without starting them. */
  rejectWaiting(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }
}
