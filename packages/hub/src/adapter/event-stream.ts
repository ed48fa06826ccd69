import { acceptsEventStream, EventStream, refuse } from "@sse/core";
import { responseStarted } from "../errors.js";
import { throwReturned } from "../validate.js";
import type { Exchange, StreamOutcome } from "./exchange.js";
import {
  checkEventStreamOptions,
  type EventStreamHandlerOptions,
  sinkOptionsOf,
  streamOptionsOf,
} from "./response-options.js";
import { ExchangeListener, isPromise, serve, serveOptions } from "./serve.js";

/** The application's code that writes to one client's stream: see `eventStream`. */
export type StreamCallback<Events extends object = Record<string, unknown>> = (
  stream: EventStream<Events>,
) => void | Promise<void>;

/**
 * Returns the part of `eventStream` that all adapters share, with its options checked once.
 *
 * @param ownOptions the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareEventStream<Events extends object = Record<string, unknown>>(
  options: EventStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: Exchange, callback: StreamCallback<Events>) => StreamOutcome {
  checkEventStreamOptions(options, ownOptions);
  const settings = serveOptions(options, ["GET", "POST"]);
  const streamOptions = streamOptionsOf(options);
  return (exchange, callback) =>
    serve(exchange, settings, async (sink) => {
      const stream = new EventStream<Events>(sink, { ...streamOptions, lastEventId: exchange.lastEventId });
      const work = callback(stream);
      if (isPromise(work)) {
        throwReturned(await work);
        stream.close();
        return;
      }
      throwReturned(work);
      if (!sink.started) await stream.comment();
    });
}

/**
 * Starts a stream at once, for code that has no callback. A HEAD request receives the head, and a
 * closed stream.
 *
 * @throws {SseError} `refused` with status 406 when the client accepts no event stream,
 * `invalid-option`, `handler-failed` when the response has been started.
 */
export function openEventStream(
  exchange: Exchange,
  options: Omit<EventStreamHandlerOptions, "methods">,
): EventStream {
  checkEventStreamOptions(options);
  if (!acceptsEventStream(exchange.accept)) throw refuse(406);
  if (exchange.started) throw responseStarted();
  const sink = exchange.openSink(sinkOptionsOf(options), new ExchangeListener(exchange));
  const stream = new EventStream(sink, { ...streamOptionsOf(options), lastEventId: exchange.lastEventId });
  if (exchange.method === "HEAD") stream.close();
  else void stream.comment();
  return stream;
}
