import { Exchange } from "../support/fake-server.js";

/** A server with a log of numbers, as ids and as data: it sends what follows the `Last-Event-ID`, and then what comes. */
export class LogServer {
  readonly exchanges: Exchange[] = [];
  #last = 0;

  get open(): Exchange[] {
    return this.exchanges.filter(({ cancelled }) => !cancelled);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const exchange = new Exchange(url, init);
    this.exchanges.push(exchange);
    const from = Number(exchange.lastEventId ?? this.#last);
    for (let n = from + 1; n <= this.#last; n++) void exchange.send(frame(n));
    return new Response(exchange.body, { headers: { "content-type": "text/event-stream" } });
  };

  publish(): void {
    this.#last += 1;
    for (const exchange of this.open) void exchange.send(frame(this.#last));
  }
}

function frame(n: number): string {
  return `id: ${n}\ndata: ${n}\n\n`;
}
