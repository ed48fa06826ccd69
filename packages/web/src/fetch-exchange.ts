import { getLastEventId } from "@sse/core";
import {
  type Exchange,
  type SinkOptions,
  type StreamOutcome,
  type StreamSink,
  type StreamSinkListener,
  streamHeaders,
} from "@sse/hub/adapter";
import { suspendIdleTimeout } from "./bun.js";
import { turnOf } from "./node-bindings.js";
import { toResponse } from "./response.js";
import { WebSink } from "./web-sink.js";

/** Status of a response to a client that has left, as nginx logs it. No client receives it. */
const clientClosedRequest = 499;

/**
 * Deno prints a warning when a request's signal is used: it is used there only while there is no
 * other sign.
 */
const isDeno = "Deno" in globalThis;

/** A Fetch request, and the response that it is going to have. */
export class FetchExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly via: string | undefined;
  readonly accept: string | null;
  readonly lastEventId: string;
  readonly started = false;

  readonly #request: Request;
  readonly #rest: readonly unknown[];
  readonly #report: (error: unknown, request: Request) => void;
  /** That of a response that had to wait: nothing else tells it that it has closed. */
  #connection: { readonly destroyed: boolean } | undefined;
  #sink: WebSink | undefined;
  #options: SinkOptions = {};

  constructor(
    request: Request,
    rest: readonly unknown[],
    report: (error: unknown, request: Request) => void = (error) => console.error(error),
  ) {
    this.method = request.method;
    this.url = request.url;
    this.via = request.headers.get("via") ?? undefined;
    this.accept = request.headers.get("accept");
    this.lastEventId = getLastEventId(request.headers, request.url);
    this.#request = request;
    this.#rest = rest;
    this.#report = report;
  }

  get over(): boolean {
    return this.#connection?.destroyed || (!isDeno && this.#request.signal.aborted);
  }

  get turn(): Promise<void> | undefined {
    const turn = turnOf(this.#rest);
    this.#connection = turn?.connection;
    return turn?.reached;
  }

  openSink(options: SinkOptions, listener: StreamSinkListener): StreamSink {
    const { highWaterMark, closeTimeout } = options;
    const onStart = (started: StreamSink): void => void listener.onStart?.(started);
    const sink = new WebSink({ highWaterMark, closeTimeout, onStart });
    if (!isDeno) sink.watch(this.#request.signal);
    suspendIdleTimeout(sink, this.#request, this.#rest);
    this.#sink = sink;
    this.#options = options;
    return sink;
  }

  onError(error: unknown): unknown {
    return this.#report(error, this.#request);
  }

  /** Resolves to the response. */
  async respond(outcome: StreamOutcome): Promise<Response> {
    if (isDeno && this.#sink?.started === false) this.#sink.watch(this.#request.signal);
    const plain = await outcome;
    if (plain !== undefined) return toResponse(plain);
    const sink = this.#sink;
    const { status = 200, headers } = this.#options;
    if (sink?.started) return toResponse({ status, headers: streamHeaders(headers), body: sink.body });
    // The body ends at once, or, when the stream was destroyed, cuts the connection.
    return toResponse({ status: clientClosedRequest, headers: {}, body: sink?.body ?? "" });
  }
}
