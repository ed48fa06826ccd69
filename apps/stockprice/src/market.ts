import type { Random } from "./random.js";
import { listings, type Ticker } from "./symbols.js";
import { Walk } from "./walk.js";

/** The number of prices that are kept of each share: three minutes. */
const remembered = 180;

/** A share's recent past. */
export interface Quote {
  readonly symbol: Ticker;
  readonly name: string;
  /** The price when trading began. */
  readonly open: number;
  /** The most recent prices, one a second, the oldest first. */
  readonly history: readonly number[];
}

interface Share {
  readonly symbol: Ticker;
  readonly name: string;
  readonly open: number;
  readonly history: number[];
  readonly walk: Walk;
}

/**
 * A stock market that has been open for three minutes when it is created. The same random numbers
 * give the same prices.
 */
export class Market {
  readonly #shares: readonly Share[];

  constructor(random: Random) {
    this.#shares = listings.map(({ symbol, name, start }) => {
      const walk = new Walk(start, random);
      const history = Array.from({ length: remembered }, () => walk.next());
      return { symbol, name, open: start, history, walk };
    });
  }

  /** Advances by a second. Returns the new price of each share. */
  tick(): { symbol: Ticker; price: number }[] {
    return this.#shares.map(({ symbol, history, walk }) => {
      const price = walk.next();
      history.push(price);
      history.shift();
      return { symbol, price };
    });
  }

  /** Returns the present state of all shares. */
  quotes(): Quote[] {
    return this.#shares.map(({ symbol, name, open, history }) => ({
      symbol,
      name,
      open,
      history: [...history],
    }));
  }
}
