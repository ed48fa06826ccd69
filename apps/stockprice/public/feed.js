/** How long to wait before a new attempt when the browser has given up, in milliseconds. */
const patience = 3_000;

/**
 * What a feed tells. A price that arrives between a lost connection and `sse:live` is one that was missed.
 * @typedef {{
 *   price(symbol: string, price: number, id: string, missed: boolean): void,
 *   live(connection: string, missed: number): void,
 *   gap(reason: string): void,
 *   lost(givenUp: boolean): void,
 * }} FeedListener
 */

/** The prices from `/price`, by a plain `EventSource`: it reconnects by itself and says which event it saw last. */
export class Feed {
  #symbols;
  #listener;
  #position;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #away = false;
  #missed = 0;

  /**
   * @param {string[]} symbols
   * @param {string} position where to start from: what came later arrives
   * @param {FeedListener} listener
   */
  constructor(symbols, position, listener) {
    this.#symbols = symbols;
    this.#position = position;
    this.#listener = listener;
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #open() {
    const query = new URLSearchParams({ symbols: this.#symbols.join(","), lastEventId: this.#position });
    const source = new EventSource(`/price?${query}`);
    this.#source = source;
    for (const symbol of this.#symbols) source.addEventListener(symbol, (event) => this.#onPrice(event));
    source.addEventListener("sse:live", ({ data }) => this.#onLive(JSON.parse(data)));
    source.addEventListener("sse:gap", ({ data }) => this.#listener.gap(JSON.parse(data).reason));
    source.addEventListener("error", () => this.#onError(source.readyState === EventSource.CLOSED));
  }

  /** @param {MessageEvent<string>} event */
  #onPrice({ type, data, lastEventId }) {
    this.#position = lastEventId;
    if (this.#away) this.#missed += 1;
    this.#listener.price(type, Number(data), lastEventId, this.#away);
  }

  /** @param {{ connection: string }} data */
  #onLive({ connection }) {
    const missed = this.#missed;
    this.#away = false;
    this.#missed = 0;
    this.#listener.live(connection, missed);
  }

  /** @param {boolean} givenUp an answer that is no event stream makes a browser give up, for instance that of a proxy */
  #onError(givenUp) {
    this.#away = true;
    this.#listener.lost(givenUp);
    if (givenUp) this.#timer = setTimeout(() => this.#open(), patience);
  }
}
