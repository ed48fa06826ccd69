import type { NatsLogClock } from "../clock.js";

/**
 * Limits how many tasks run at a time. Those that wait start in the order of their calls, in a
 * later tick than the one before them ended: tasks that need not wait for anything would hold up
 * all else.
 */
export class Slots {
  readonly #clock: NatsLogClock;
  #free: number;
  readonly #waiting: (() => void)[] = [];

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
      this.#clock.defer(() => this.#release());
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
