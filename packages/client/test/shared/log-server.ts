import { Exchange } from "../support/fake-server.js";

/**
 * A server with a log of numbers, as ids and as data: it sends what follows the `Last-Event-ID`,
 * and then what comes. What it sends is on its way until a test lets it arrive.
 */
export class LogServer {
  readonly exchanges: Exchange[] = [];
  readonly #underWay: { exchange: Exchange; n: number }[] = [];
  #last = 0;

  get open(): Exchange[] {
    return this.exchanges.filter(({ canceled }) => !canceled);
  }

  /** The number of events on their way. */
  get underWay(): number {
    return this.#underWay.filter(({ exchange }) => !this.held.has(exchange)).length;
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const exchange = new Exchange(url, init);
    this.exchanges.push(exchange);
    const from = Number(exchange.lastEventId ?? this.#last);
    for (let n = from + 1; n <= this.#last; n++) this.#underWay.push({ exchange, n });
    return new Response(exchange.body, { headers: { "content-type": "text/event-stream" } });
  };

  publish(): void {
    this.#last += 1;
    for (const exchange of this.open) this.#underWay.push({ exchange, n: this.#last });
  }

  /** Exchanges of tabs that do not run: what is sent to them waits. */
  readonly held: Set<Exchange> = new Set();

  /** Lets the next event arrive. */
  arrive(): void {
    const index = this.#underWay.findIndex(({ exchange }) => !this.held.has(exchange));
    const [next] = index === -1 ? [] : this.#underWay.splice(index, 1);
    if (next && !next.exchange.canceled) void next.exchange.send(`id: ${next.n}\ndata: ${next.n}\n\n`);
  }
}
