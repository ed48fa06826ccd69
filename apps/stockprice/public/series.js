/** @typedef {{ time: number, price: number, caughtUp: boolean }} Point */

/** How many points are kept. */
const kept = 600;

/** The prices of one share as this page knows them, the oldest first. */
export class Series {
  /** @type {Point[]} */
  points;

  /**
   * @param {import("./api.js").Quote} quote
   * @param {number} latest when its last price was made, in milliseconds since 1970
   * @param {number} interval milliseconds between two prices
   */
  constructor({ symbol, name, open, history }, latest, interval) {
    this.symbol = symbol;
    this.name = name;
    this.open = open;
    this.interval = interval;
    this.points = history.map((price, index) => {
      const time = latest - (history.length - 1 - index) * interval;
      return { time, price, caughtUp: false };
    });
  }

  get last() {
    return /** @type {Point} */ (this.points.at(-1));
  }

  /** @param {number} price one that arrives as it is made */
  addLive(price) {
    this.#add({ price, time: Date.now(), caughtUp: false });
  }

  /** @param {number} price one that was made while the connection was away: its place is after the one before it */
  addMissed(price) {
    this.#add({ price, time: this.last.time + this.interval, caughtUp: true });
  }

  /**
   * Compares with the server's own record.
   * @param {readonly number[]} record the server's recent prices
   * @returns {number} how many of them never arrived
   */
  lostFrom(record) {
    const arrived = new Set(this.points.map(({ price }) => price));
    // Prices that are newer than the last one here may still be on their way.
    const upToHere = record.slice(0, record.lastIndexOf(this.last.price) + 1);
    return (upToHere.length > 0 ? upToHere : record).filter((price) => !arrived.has(price)).length;
  }

  /** @param {Point} point */
  #add(point) {
    this.points.push(point);
    if (this.points.length > kept) this.points.shift();
  }
}
