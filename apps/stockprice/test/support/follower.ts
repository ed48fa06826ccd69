import { type ParsedEvent, parseEvents } from "@sse/fastify";

/** A client that reads events from a stream one after the other. */
export class Follower {
  readonly response: Response;
  readonly #events: AsyncGenerator<ParsedEvent>;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#events = parseEvents(response.body ?? new ReadableStream());
  }

  /** Opens a stream, from an earlier event on if one is given. */
  static async open(url: string, lastEventId?: string): Promise<Follower> {
    const abort = new AbortController();
    const headers: HeadersInit = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return new Follower(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** Returns the next `count` events; fewer if the stream ends. */
  async take(count: number): Promise<ParsedEvent[]> {
    const taken: ParsedEvent[] = [];
    while (taken.length < count) {
      const { value, done } = await this.#events.next();
      if (done) break;
      taken.push(value);
    }
    return taken;
  }

  /** Returns the prices up to `sse:live`. */
  async untilLive(): Promise<ParsedEvent[]> {
    const before: ParsedEvent[] = [];
    for (;;) {
      const [event] = await this.take(1);
      if (event === undefined || event.event === "sse:live") return before;
      before.push(event);
    }
  }

  leave(): void {
    this.#abort.abort();
  }
}
