import type { NatsLogClock } from "../clock.js";

/**
 * Limits how many tasks run at a time. Those that wait start in the order of their calls. Each
 * result is returned in a turn of the event loop of its own, since what is done with it would hold
 * up all else.
 */
export class Slots {
  readonly #clock: NatsLogClock;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(count: number, clock: NatsLogClock) {
    this.#free = count;
    this.#clock = clock;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      this.#turn = this.#turn.then(() => new Promise<void>((resolve) => this.#clock.defer(resolve)));
      await this.#turn;
      this.#release();
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
