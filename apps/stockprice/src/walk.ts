import { normal, type Random } from "./random.js";

/** The jitter of a price in a second, relative to the price. */
const jitter = 0.00018;
/** The part of a price's trend that is left after a second, and the part that a second adds. */
const trendKept = 0.95;
const trendAdded = 0.000014;
/** The pull of a price back to its start, so that it stays believable for days. */
const pull = 0.0006;

/**
 * A random walk with short trends, in steps of a second. It walks the logarithm of the price, so
 * the price stays above zero. Prices have six decimals.
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
