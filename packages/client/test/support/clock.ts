import type { ClientClock } from "../../src/index.js";

/** Time that stands still until it is told to go on, and chance that is always the same. */
export class ManualClock implements ClientClock {
  /**
   * The result of `random()`. 0 makes our own backoff as long as it can be, and a server's wish
   * exactly what it is.
   */
  chance = 0;
  #time: number;
  #timers = new Map<object, { at: number; callback: () => void }>();

  constructor(time = 1_000_000) {
    this.#time = time;
  }

  now = (): number => this.#time;
  random = (): number => this.chance;

  setTimeout = (callback: () => void, milliseconds: number): object => {
    const timer = {};
    this.#timers.set(timer, { at: this.#time + milliseconds, callback });
    return timer;
  };

  clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as object);
  };

  /** The number of timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass, timer by timer, and all that follows from each before the next. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#time + milliseconds;
    await turns();
    for (;;) {
      const [timer, next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (!timer || !next || next.at > until) break;
      this.#timers.delete(timer);
      this.#time = next.at;
      next.callback();
      await turns();
    }
    this.#time = until;
  }
}

/** Lets everything run that waits for nothing outside. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
