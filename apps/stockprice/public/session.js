import { loadMarket } from "./api.js";
import { Card } from "./card.js";
import { Feed } from "./feed.js";
import { Outages } from "./outages.js";
import { Series } from "./series.js";

/**
 * What a session tells. `checked` follows `live` where prices were missed, once they have been compared with the server's record; the count is
 * undefined if that could not be done.
 * @typedef {{
 *   price(id: string, missed: boolean): void,
 *   live(connection: string, missed: number): void,
 *   checked(missed: number, lost: number | undefined): void,
 *   gap(reason: string): void,
 *   lost(givenUp: boolean): void,
 * }} SessionListener
 */

/** Following some shares, from one state of the market on. */
export class Session {
  #listener;
  #outages = new Outages();
  #feed;
  /** @type {Map<string, Series>} */
  #series = new Map();
  /** @type {Map<string, Card>} */
  #cards = new Map();

  /**
   * @param {import("./api.js").Market} market
   * @param {readonly string[]} symbols which shares, at least one
   * @param {SessionListener} listener
   */
  constructor({ position, now, updated, interval, symbols: quotes }, symbols, listener) {
    this.#listener = listener;
    const latest = Date.now() - (now - updated);
    for (const quote of quotes.filter(({ symbol }) => symbols.includes(symbol))) {
      const series = new Series(quote, latest, interval);
      this.#series.set(quote.symbol, series);
      this.#cards.set(quote.symbol, new Card(series, this.#outages));
    }
    this.#feed = new Feed([...this.#series.keys()], position, {
      price: (symbol, price, id, missed) => this.#onPrice(symbol, price, id, missed),
      live: (connection, missed) => this.#onLive(connection, missed),
      gap: (reason) => listener.gap(reason),
      lost: (givenUp) => this.#onLost(givenUp),
    });
  }

  get elements() {
    return [...this.#cards.values()].map(({ root }) => root);
  }

  /** @param {number} now @param {number} ease */
  draw(now, ease) {
    for (const { chart } of this.#cards.values()) chart.draw(now, ease);
  }

  close() {
    this.#feed.close();
  }

  /** @param {string} symbol @param {number} price @param {string} id @param {boolean} missed */
  #onPrice(symbol, price, id, missed) {
    const series = this.#series.get(symbol);
    if (missed) series?.addMissed(price);
    else series?.addLive(price);
    this.#cards.get(symbol)?.update();
    this.#listener.price(id, missed);
  }

  /** @param {boolean} givenUp */
  #onLost(givenUp) {
    this.#outages.begin(this.#latest);
    this.#listener.lost(givenUp);
  }

  /** @param {string} connection @param {number} missed */
  #onLive(connection, missed) {
    this.#outages.end(this.#latest, Math.round(missed / this.#series.size));
    this.#listener.live(connection, missed);
    if (missed > 0) void this.#check(missed);
  }

  /** Compares with what the server has on record. @param {number} missed */
  async #check(missed) {
    const market = await loadMarket().catch(() => undefined);
    const lost = market?.symbols.reduce(
      (sum, { symbol, history }) => sum + (this.#series.get(symbol)?.lostFrom(history) ?? 0),
      0,
    );
    this.#listener.checked(missed, lost);
  }

  /** When the newest price was made. */
  get #latest() {
    return Math.max(...[...this.#series.values()].map(({ last }) => last.time));
  }
}
