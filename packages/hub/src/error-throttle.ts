import type { HubClock } from "./clock.js";

/** Milliseconds in which errors of one kind are reported once. */
const period = 10_000;

/** Rate-limits error reports: errors of one kind are reported at most once in ten seconds. */
export class ErrorThrottle {
  readonly #clock: HubClock;
  readonly #report: (error: unknown) => void;
  readonly #reportedAt = new Map<string, number>();

  constructor(clock: HubClock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** @param kind one of a few strings, since each is remembered. */
  report(kind: string, error: unknown): void {
    const now = this.#clock.monotonic();
    if (now - (this.#reportedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < period) return;
    this.#reportedAt.set(kind, now);
    this.#report(error);
  }
}
