import type { Timers } from "../../src/index.js";

/** Time that passes only when the test says so. */
export class ManualTimers implements Timers {
  #now = 0;
  #next = 1;
  readonly #pending = new Map<number, { at: number; callback: () => void }>();

  /** Timers that have neither fired nor been cleared. */
  get count(): number {
    return this.#pending.size;
  }

  setTimeout(callback: () => void, milliseconds: number): unknown {
    const timer = this.#next++;
    this.#pending.set(timer, { at: this.#now + milliseconds, callback });
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#pending.delete(timer as number);
  }

  /** Lets time pass, with whatever falls due in it, and what that leads to. */
  async advance(milliseconds: number): Promise<void> {
    await settled();
    const end = this.#now + milliseconds;
    for (let due = this.#due(end); due !== undefined; due = this.#due(end)) {
      this.#now = due.at;
      this.#pending.delete(due.timer);
      due.callback();
      await settled();
    }
    this.#now = end;
  }

  #due(end: number): { timer: number; at: number; callback: () => void } | undefined {
    const [first] = [...this.#pending]
      .map(([timer, { at, callback }]) => ({ timer, at, callback }))
      .filter(({ at }) => at <= end)
      .sort((a, b) => a.at - b.at || a.timer - b.timer);
    return first;
  }
}

/** Resolves when all promises that can settle without time passing have done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
