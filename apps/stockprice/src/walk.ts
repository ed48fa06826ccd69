import { normal, type Random } from "./random.js";

/** How much a price jitters in a second, as a share of itself. */
const jitter = 0.00018;
/** How much of a price's trend is left after a second, and how much a second adds to it. */
const trendKept = 0.95;
const trendAdded = 0.000014;
/** How strongly a price is drawn back to where it began, so that it stays believable for days. */
const pull = 0.0006;

/**
 * A random walk with short trends, in steps of a second. It walks the logarithm of the price, so the price stays above zero. Prices have
 * six decimals.
 */
export class Walk {
  readonly #start: number;
  readonly #random: Random;
  /** The logarithm of the price over the price at the start. */
  #distance = 0;
  #trend = 0;

  constructor(start: number, random: Random) {
    this.#start = start;
    this.#random = random;
  }

  /** The price a second later. */
  next(): number {
    this.#trend = trendKept * this.#trend + trendAdded * normal(this.#random);
    this.#distance += this.#trend + jitter * normal(this.#random) - pull * this.#distance;
    return Number((this.#start * Math.exp(this.#distance)).toFixed(6));
  }
}
