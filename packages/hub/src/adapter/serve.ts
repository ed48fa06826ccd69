import { isSseError, type SseError } from "@sse/core";
import { responseStarted, thrownNothing } from "../errors.js";
import type { Exchange, StreamOutcome, StreamSink, StreamSinkListener } from "./exchange.js";
import { HeadSink } from "./head-sink.js";
import { rejectRequest } from "./negotiate.js";
import { type PlainResponse, refusalResponse } from "./plain-response.js";
import { streamHeaders } from "./response-headers.js";
import { type ResponseOptions, type SinkOptions, sinkOptionsOf } from "./response-options.js";

/** Options of a response whose methods are settled. */
export interface ServeOptions {
  readonly methods: readonly string[];
  readonly response: SinkOptions;
}

/**
 * Runs the code that writes a stream. Settles by what happens first: a byte is written, the client
 * leaves, or the code fails.
 */
export function serve(
  exchange: Exchange,
  options: ServeOptions,
  run: (sink: StreamSink) => Promise<void>,
): StreamOutcome {
  if (exchange.over) return Promise.resolve(undefined);
  if (exchange.started) return Promise.reject(responseStarted());
  const plain = rejectRequest(exchange, options);
  if (plain !== undefined) return Promise.resolve(plain);
  const { turn } = exchange;
  if (turn === undefined) return start(exchange, options, run);
  return turn.then(() => (exchange.over ? undefined : start(exchange, options, run)));
}

function start(
  exchange: Exchange,
  options: ServeOptions,
  run: (sink: StreamSink) => Promise<void>,
): StreamOutcome {
  const { response } = options;
  return new Promise((resolve, reject) => {
    const opened = exchange.openSink(response, new ExchangeListener(exchange, resolve));
    const sink = exchange.method === "HEAD" ? new HeadSink(opened, () => resolve(headOf(response))) : opened;
    const work = run(sink);
    if (!sink.started) void sink.closed.then(() => resolve(undefined));
    work.catch((thrown: unknown) => {
      const error = thrown ?? thrownNothing();
      if (sink.over) reportUnlessLeft(exchange, error);
      else if (sink.started) endWith(exchange, sink, error);
      else {
        if (isRefusal(error)) resolve(refusalResponse(error));
        else reject(error);
        sink.release();
      }
    });
  });
}

/** Returns the head that GET would have. */
function headOf({ status = 200, headers }: SinkOptions): PlainResponse {
  return { status, headers: streamHeaders(headers), body: "" };
}

/**
 * Passes on what a sink reports. A class: it lasts as long as the stream, and closures take several
 * times the memory.
 */
export class ExchangeListener implements StreamSinkListener {
  readonly #exchange: Exchange;
  readonly #started: ((outcome: undefined) => void) | undefined;

  constructor(exchange: Exchange, started?: (outcome: undefined) => void) {
    this.#exchange = exchange;
    this.#started = started;
  }

  onStart(sink: StreamSink): void | Promise<void> {
    const delay = this.#exchange.onStart?.(sink);
    this.#started?.(undefined);
    return delay;
  }

  /** In a turn of its own: a hub may be in the middle of a batch, and sends to others next. */
  onError(error: unknown): void {
    queueMicrotask(() => report(this.#exchange, error));
  }
}

/**
 * Returns the options of a response, without those of the adapter and of the stream.
 *
 * @param methods the default of the methods.
 */
export function serveOptions(options: ResponseOptions, methods: readonly string[]): ServeOptions {
  return { methods: options.methods ?? methods, response: sinkOptionsOf(options) };
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

function isRefusal(error: unknown): error is SseError {
  return isSseError(error) && error.code === "refused";
}

/**
 * Ends a stream that was cut short, in order: the client receives what was written, the framework
 * the error.
 */
function endWith(exchange: Exchange, sink: StreamSink, error: unknown): void {
  sink.close();
  void sink.closed.then(() => report(exchange, error));
}

/**
 * Reports an error after the client left. A callback that waits with `stream.signal` throws then,
 * and a refusal has no receiver.
 */
function reportUnlessLeft(exchange: Exchange, error: unknown): void {
  const expected = isRefusal(error) || Object(error).name === "AbortError";
  if (!expected) report(exchange, error);
}

/**
 * Reports an error. What the application does with it may fail too; that must not end the process.
 */
export function report(exchange: Pick<Exchange, "onError">, error: unknown): void {
  try {
    // It may be an async function.
    const reported: unknown = exchange.onError(error);
    if (isPromise(reported)) Promise.resolve(reported).catch((failure) => console.error(failure));
  } catch (failure) {
    console.error(failure);
  }
}
