import { Exchange } from "../support/fake-server.js";

/**
 * A server with a log of numbers, as ids and as data: it sends what follows the `Last-Event-ID`, and then what comes. What it sends is on
 * its way until a test lets it arrive.
 */
export class LogServer {
  readonly exchanges: Exchange[] = [];
  readonly #underWay: { exchange: Exchange; n: number }[] = [];
  #last = 0;

  get open(): Exchange[] {
    return this.exchanges.filter(({ cancelled }) => !cancelled);
  }

  /** How many events are on their way. */
  get underWay(): number {
    return this.#underWay.length;
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

  /** Lets the next event arrive. */
  arrive(): void {
    const { exchange, n } = this.#underWay.shift() ?? {};
    if (exchange && !exchange.cancelled) void exchange.send(`id: ${n}\ndata: ${n}\n\n`);
  }
}
