import type { HubClock } from "@sse/hub";

/** A clock that stands still until it is told to go on. */
export class HandClock implements HubClock {
  #now = 1_000_000;
  readonly #timers = new Map<object, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, milliseconds: number): object {
    const handle = {};
    this.#timers.set(handle, { at: this.#now + milliseconds, callback });
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as object);
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  random(): number {
    return 0.5;
  }

  /** Lets time pass: what is due by then is called, in order. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#nextBy(end); next !== undefined; next = this.#nextBy(end)) {
      const [handle, { at, callback }] = next;
      this.#timers.delete(handle);
      this.#now = at;
      callback();
    }
    this.#now = end;
  }

  #nextBy(end: number): [object, { at: number; callback: () => void }] | undefined {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.sort(([, a], [, b]) => a.at - b.at)[0];
  }
}
