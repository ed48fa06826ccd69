import type { Quote } from "./market-api.js";

/** The points of a series, in the columns that a chart reads. `null` is a hole. */
export interface Points {
  /** Seconds since 1970. */
  readonly times: number[];
  readonly prices: (number | null)[];
  /** The prices that were missed and sent later. */
  readonly caughtUp: (number | null)[];
}

/** The maximum number of points that are kept. */
const maxPoints = 600;

/** The prices of one share. */
export class Series {
  readonly symbol: string;
  readonly name: string;
  open: number;
  readonly points: Points = { times: [], prices: [], caughtUp: [] };
  /** The index of the first point after the last hole. */
  #begin = 0;

  /** @param updated the time of the newest price, in milliseconds. */
  constructor(quote: Quote, updated: number, interval: number) {
    this.symbol = quote.symbol;
    this.name = quote.name;
    this.open = quote.open;
    const first = updated - (quote.history.length - 1) * interval;
    quote.history.forEach((price, index) => {
      this.#push(first + index * interval, price, false);
    });
  }

  get last(): number {
    return this.points.prices.at(-1) ?? this.open;
  }

  /** The change since the open, as a part of it. */
  get change(): number {
    return this.last / this.open - 1;
  }

  /** Adds a price that has just arisen. */
  addLive(price: number, now: number): void {
    this.#push(now, price, false);
  }

  /**
   * Adds prices that were missed, one interval apart, the newest at the latest now.
   *
   * @param afterGap whether others before them are gone: a hole is left then.
   */
  addMissed(prices: readonly number[], { now, interval, afterGap }: MissedOptions): void {
    if (afterGap) this.leaveHole(interval);
    const { times } = this.points;
    const next = (times.at(-1) ?? 0) * 1_000 + interval;
    const latestStart = now - (prices.length - 1) * interval;
    const start = afterGap ? latestStart : Math.min(next, Math.max(latestStart, next - interval / 2));
    prices.forEach((price, index) => {
      this.#push(start + index * interval, price, true);
    });
  }

  /** Ends the line: what follows does not continue it. */
  leaveHole(interval: number): void {
    const { times, prices, caughtUp } = this.points;
    if (prices.at(-1) === null || times.length === 0) return;
    times.push(times.at(-1)! + interval / 1_000);
    prices.push(null);
    caughtUp.push(null);
    this.#begin = times.length;
  }

  /**
   * Returns the number of prices in the server's record that never arrived, between the first and
   * the last price that both have.
   */
  lostFrom(record: readonly number[]): number {
    const own = new Set(this.points.prices.slice(this.#begin));
    const first = record.findIndex((price) => own.has(price));
    const last = record.findLastIndex((price) => own.has(price));
    return record.slice(first === -1 ? 0 : first, last + 1).filter((price) => !own.has(price)).length;
  }

  #push(time: number, price: number, caughtUp: boolean): void {
    const { times, prices, caughtUp: caught } = this.points;
    const seconds = Math.max(time / 1_000, (times.at(-1) ?? 0) + 0.001);
    // The line of what was caught up begins at the last price before the break.
    if (caughtUp && prices.length > 0 && caught.at(-1) === null)
      caught[caught.length - 1] = prices.at(-1) ?? null;
    times.push(seconds);
    prices.push(price);
    caught.push(caughtUp ? price : null);
    if (times.length <= maxPoints) return;
    for (const column of [times, prices, caught]) column.shift();
    this.#begin = Math.max(0, this.#begin - 1);
  }
}

interface MissedOptions {
  readonly now: number;
  readonly interval: number;
  readonly afterGap: boolean;
}

/**
 * Returns the live prices that are not in a history yet, although they may have arrived before it.
 */
export function newerThan(history: readonly number[], live: readonly number[]): readonly number[] {
  const last = live.findLastIndex((price) => history.includes(price));
  return live.slice(last + 1);
}
