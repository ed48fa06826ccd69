import { turns } from "./clock.js";

/** The answer of a {@link FakeServer} to a request. */
export type Answer = (exchange: Exchange) => Response | Promise<Response>;

/** One request and its answer. */
export class Exchange {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Headers;
  /** The number of chunks that the client has asked for. */
  pulls = 0;
  canceled = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly body: ReadableStream<Uint8Array>;

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.init = init;
    this.headers = new Headers(init.headers);
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.pulls += 1;
          // A pull that resolves is followed by another one only after a chunk was taken.
          return undefined;
        },
        cancel: () => {
          this.canceled = true;
        },
      },
      { highWaterMark: 0 },
    );
    init.signal?.addEventListener("abort", () => {
      if (this.canceled) return;
      this.canceled = true;
      this.#controller.error(init.signal?.reason);
    });
  }

  get lastEventId(): string | null {
    return this.headers.get("last-event-id");
  }

  /** Sends text, and lets the client deal with it. */
  async send(text: string | Uint8Array): Promise<void> {
    this.#controller.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text);
    await turns();
  }

  async end(): Promise<void> {
    this.#controller.close();
    await turns();
  }

  async fail(error: unknown = new TypeError("terminated")): Promise<void> {
    this.#controller.error(error);
    await turns();
  }
}

export const stream: Answer = ({ body }) =>
  new Response(body, { headers: { "content-type": "text/event-stream" } });

export function status(code: number, headers: Record<string, string> = {}, body = ""): Answer {
  return () => new Response(code === 204 ? null : body, { status: code, headers });
}

export const refuseConnection: Answer = () => Promise.reject(new TypeError("fetch failed"));

/**
 * A `fetch` that answers as it is told: with the next of the given answers, the last one for all
 * that follow.
 */
export class FakeServer {
  readonly exchanges: Exchange[] = [];
  #answers: Answer[];

  constructor(...answers: [Answer, ...Answer[]] | []) {
    this.#answers = answers.length > 0 ? answers : [stream];
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const exchange = new Exchange(url, init);
    this.exchanges.push(exchange);
    const [answer = stream] = this.#answers;
    if (this.#answers.length > 1) this.#answers.shift();
    return answer(exchange);
  };

  /** The latest exchange. */
  get last(): Exchange {
    const last = this.exchanges.at(-1);
    if (!last) throw new Error("no request has come");
    return last;
  }
}
