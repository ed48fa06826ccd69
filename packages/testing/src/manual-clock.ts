import { postTask, requireKnownKeys, requireOneOf } from "@sse/core/internal";
import type { HubClock } from "@sse/hub";
import { settle } from "./settle.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Options of a {@link ManualClock}. */
export interface ManualClockOptions {
  /**
   * The end of a tick, at which a hub writes what was published: `automatic` by the event loop, as
   * in production; `manual` by {@link ManualClock.endTick}. Default `automatic`.
   */
  ticks?: "automatic" | "manual" | undefined;
}

/**
 * A clock that stands still until a test moves it: for the option `clock` of a hub, of a log or of
 * a client, and for `timers` of a stream.
 */
export class ManualClock implements HubClock {
  /** The result of `random`: 0.5 unless a test sets another. */
  chance = 0.5;
  /** Called whenever the time has changed, before a timer fires. */
  onTime: () => void = () => {};
  readonly #ticks: "automatic" | "manual";
  #now = 1_700_000_000_000;
  #step = 0;
  #handles = 0;
  readonly #timers = new Map<number, Timer>();
  #deferred: (() => void)[] = [];

  /** @throws {SseError} `invalid-option`. */
  constructor(options: ManualClockOptions = {}) {
    requireKnownKeys(options, ["ticks"], "ManualClock");
    this.#ticks = requireOneOf(["automatic", "manual"], "ManualClock: ticks", options.ticks ?? "automatic");
  }

  /** Returns the date, in milliseconds. */
  now(): number {
    return this.#now + this.#step;
  }

  /** Returns a time in milliseconds that {@link setDate} does not change. */
  monotonic(): number {
    return this.#now;
  }

  /** Sets the date without letting time pass, as an administrator or a time server does. */
  setDate(milliseconds: number): void {
    this.#step += milliseconds;
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    this.#handles += 1;
    this.#timers.set(this.#handles, { at: this.#now + milliseconds, callback });
    return this.#handles;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  defer(callback: () => void): void {
    if (this.#ticks === "automatic") postTask(callback);
    else this.#deferred.push(callback);
  }

  random(): number {
    return this.chance;
  }

  /** The number of timers that run. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Ends the tick, with manual ticks: calls back what was deferred to its end. */
  endTick(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const callback of deferred) callback();
  }

  /**
   * Lets time pass: what can settle without time does so first, and again after each timer that
   * fires.
   */
  async pass(milliseconds: number): Promise<void> {
    await settle();
    const end = this.#now + milliseconds;
    for (let due = this.#takeDue(end); due !== undefined; due = this.#takeDue(end)) {
      this.#moveTo(due.at);
      due.callback();
      await settle();
    }
    this.#moveTo(end);
  }

  #moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
    this.onTime();
  }

  #takeDue(end: number): Timer | undefined {
    let first: [number, Timer] | undefined;
    for (const timer of this.#timers) if (first === undefined || timer[1].at < first[1].at) first = timer;
    if (first === undefined || first[1].at > end) return undefined;
    this.#timers.delete(first[0]);
    return first[1];
  }
}
