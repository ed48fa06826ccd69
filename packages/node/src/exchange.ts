import { type EventSink, type EventStream, getLastEventId } from "@sse/core";
import type { Hub } from "@sse/hub";
import {
  type DoctorEndpointOptions,
  type EventStreamHandlerOptions,
  type Exchange,
  type FindRunCallback,
  type HubStreamHandlerOptions,
  openEventStream as open,
  prepareDoctorEndpoint as prepareDoctor,
  prepareHubStream as prepareHub,
  prepareRunStream as prepareRun,
  prepareEventStream as prepareStream,
  type RunHub,
  type SinkOptions,
  type StreamCallback,
  type StreamOutcome,
  type StreamSink,
  type StreamSinkListener,
  type SubscribeCallback,
  waitForTurn,
} from "@sse/hub/adapter";
import { isHttp2, isOver, type NodeRequest, type NodeResponse } from "./http-types.js";
import { ResponseSink } from "./response-sink.js";

/**
 * One request of Node and its response, and what the framework around them has to be notified of.
 */
export interface NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /**
   * Called just before the head of a stream is sent: from here on the framework must not respond.
   * The sink is the one that the stream is written to. A promise delays the head until it resolves.
   */
  onStart?(sink: EventSink): void | Promise<void>;
  /** Receives an error for which no response can be sent any more, after the stream has ended. */
  onError(error: unknown): void;
}

/**
 * Returns the part of `eventStream` that all frameworks on Node share, with its options checked
 * once.
 *
 * @throws {SseError} `invalid-option`.
 */
export function prepareEventStream<Events extends object = Record<string, unknown>>(
  options: EventStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: NodeExchange, callback: StreamCallback<Events>) => StreamOutcome {
  const serve = prepareStream<Events>(options, ownOptions);
  return (exchange, callback) => serve(new ResponseExchange(exchange), callback);
}

/**
 * Returns the part of `hubStream` that all frameworks on Node share, with its options checked once.
 *
 * @param ownOptions the names of further options, which the framework's adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareHubStream(
  hub: Pick<Hub, "connect" | "probe">,
  options: HubStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: NodeExchange, subscribe: SubscribeCallback) => StreamOutcome {
  const serve = prepareHub(hub, options, ownOptions);
  return (exchange, subscribe) => serve(new ResponseExchange(exchange), subscribe);
}

/**
 * Returns the part of `runStream` that all frameworks on Node share. As {@link prepareHubStream}.
 *
 * @throws {SseError} `invalid-option`.
 */
export function prepareRunStream(
  hub: RunHub,
  options: HubStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: NodeExchange, find: FindRunCallback) => StreamOutcome {
  const serve = prepareRun(hub, options, ownOptions);
  return (exchange, find) => serve(new ResponseExchange(exchange), find);
}

/**
 * Returns the part of `doctorEndpoint` that all frameworks on Node share, with its options checked
 * once.
 *
 * @param ownOptions the names of further options, which the framework's adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareDoctorEndpoint(
  options: DoctorEndpointOptions,
  ownOptions: readonly string[] = [],
): (exchange: NodeExchange) => StreamOutcome {
  const serve = prepareDoctor(options, ownOptions);
  return (exchange) => serve(new ResponseExchange(exchange));
}

/**
 * Starts a stream at once, for code that has no callback. A HEAD request receives the head, and a
 * closed stream.
 *
 * @throws {SseError} `refused` with status 406 when the client accepts no event stream,
 * `invalid-option`, `handler-failed` when the response has been started.
 */
export function openEventStream(
  exchange: NodeExchange,
  options: Omit<EventStreamHandlerOptions, "methods">,
): EventStream {
  return open(new ResponseExchange(exchange), options);
}

/**
 * An exchange of Node in the terms that all adapters share. A class: it lasts as long as the
 * stream.
 */
class ResponseExchange implements Exchange {
  readonly #exchange: NodeExchange;

  constructor(exchange: NodeExchange) {
    this.#exchange = exchange;
  }

  get method(): string {
    return this.#exchange.request.method ?? "GET";
  }

  get accept(): string | undefined {
    return this.#exchange.request.headers.accept;
  }

  get url(): string {
    return this.#exchange.request.url ?? "";
  }

  get httpVersion(): string {
    return this.#exchange.request.httpVersion;
  }

  get via(): string | undefined {
    return this.#exchange.request.headers.via;
  }

  get lastEventId(): string {
    const { headers, url } = this.#exchange.request;
    return getLastEventId(headers, url);
  }

  get turn(): Promise<void> | undefined {
    const { response } = this.#exchange;
    if (isHttp2(response) || response.socket !== null) return undefined;
    return waitForTurn(response, response.req.socket);
  }

  get over(): boolean {
    return isOver(this.#exchange.response);
  }

  get started(): boolean {
    return this.#exchange.response.headersSent;
  }

  openSink(options: SinkOptions, listener: StreamSinkListener): StreamSink {
    return new ResponseSink(this.#exchange.response, options, listener);
  }

  onStart(sink: EventSink): void | Promise<void> {
    return this.#exchange.onStart?.(sink);
  }

  onError(error: unknown): unknown {
    return this.#exchange.onError(error);
  }
}
