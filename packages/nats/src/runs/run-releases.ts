import type { RunChannel } from "@sse/hub/log";
import type { NatsLogClock } from "../clock.js";

/** Milliseconds by which instances release the same run at different times. */
const jitter = 200;

/** The maximum milliseconds of a timer. */
const maxWait = 86_400_000;

/** Calls back some time after the ttl of a run has passed, never before, with one timer for all. */
export class RunReleases {
  readonly #clock: NatsLogClock;
  readonly #onDue: (channel: RunChannel) => void;
  readonly #dueAt = new Map<RunChannel, number>();
  #timer: unknown;
  #timerAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: NatsLogClock, onDue: (channel: RunChannel) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Sets the time until a run is due. Replaces an earlier one. */
  set(channel: RunChannel, wait: number): void {
    if (this.#closed) return;
    const dueAt = performance.now() + Math.max(0, wait) + Math.random() * jitter;
    this.#dueAt.set(channel, dueAt);
    if (dueAt < this.#timerAt) this.#schedule(dueAt);
  }

  /** Sets the time until a run is due again, unless one was set since it was due. */
  retry(channel: RunChannel, wait: number): void {
    if (!this.#dueAt.has(channel)) this.set(channel, wait);
  }

  delete(channel: RunChannel): void {
    this.#dueAt.delete(channel);
  }

  clear(): void {
    this.#dueAt.clear();
  }

  close(): void {
    this.#closed = true;
    this.#dueAt.clear();
    this.#clock.clearTimeout(this.#timer);
  }

  #schedule(at: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timerAt = at;
    // At least the jitter, so that many runs that are due share a pass over all.
    const wait = Math.min(maxWait, Math.max(jitter, at - performance.now()));
    this.#timer = this.#clock.setTimeout(() => this.#expire(), wait);
  }

  #expire(): void {
    const now = performance.now();
    this.#timerAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    const due: RunChannel[] = [];
    for (const [channel, at] of this.#dueAt) {
      if (at <= now) due.push(channel);
      else next = Math.min(next, at);
    }
    for (const channel of due) this.#dueAt.delete(channel);
    if (next < Number.POSITIVE_INFINITY) this.#schedule(next);
    for (const channel of due) this.#onDue(channel);
  }
}
