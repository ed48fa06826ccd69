import type { HubClock } from "../clock.js";

/** Milliseconds in which the same trouble is told once. */
const period = 10_000;

/** Tells of trouble that may come thousands of times a second: each kind at most once in ten seconds. */
export class Seldom {
  readonly #clock: HubClock;
  readonly #report: (error: unknown) => void;
  /** When each kind was told last. */
  readonly #told = new Map<string, number>();

  constructor(clock: HubClock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** @param kind one of a few. */
  report(kind: string, error: unknown): void {
    const now = this.#clock.now();
    if (Math.abs(now - (this.#told.get(kind) ?? Number.NEGATIVE_INFINITY)) < period) return;
    this.#told.set(kind, now);
    this.#report(error);
  }
}
