import {
  acceptsEventStream,
  type EventSink,
  EventStream,
  getLastEventId,
  isSseError,
  refuse,
  SseError,
} from "@sse/core";
import type { Hub, Subscription } from "@sse/hub";
import { isOver, type NodeRequest, type NodeResponse } from "./http-types.js";
import { answerWithoutStream } from "./negotiate.js";
import {
  checkEventStreamOptions,
  checkResponseOptions,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  type ResponseOptions,
} from "./options.js";
import { type Answer, answerTo } from "./plain-response.js";
import { ResponseSink, type ResponseSinkListener } from "./response-sink.js";

/** One request and its response, and what the framework around them wants to be told. */
export interface Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** Called just before the head of a stream is sent: from here on the framework must not answer. The sink is what it leaves through. */
  onStart?(sink: EventSink): void;
  /** Takes an error for which no answer can be sent any more, after the stream has ended. */
  onError(error: unknown): void;
}

/**
 * How a request ended that was offered to the toolkit: `undefined` once a stream has begun or the client has left, or the plain answer
 * that the framework is to send.
 *
 * @throws (as a rejection) what the application threw before the first byte: for the framework's error path.
 */
export type Served = Promise<Answer | undefined>;

/** What an application does with one client's stream: see `eventStream`. */
export type StreamCallback = (stream: EventStream) => void | Promise<void>;

/** Says what a client may follow: see `hubStream`. */
export type SubscribeCallback = () => Subscription | Promise<Subscription>;

/**
 * The part of `eventStream` that all frameworks share, with its options checked once.
 *
 * @throws {SseError} `invalid-option`.
 */
export function prepareEventStream(
  options: EventStreamHandlerOptions,
): (exchange: Exchange, callback: StreamCallback) => Served {
  checkEventStreamOptions(options);
  const settings = { methods: ["GET", "POST"], ...options };
  return (exchange, callback) =>
    serve(exchange, settings, async (sink) => {
      const stream = new EventStream(sink, { ...options, lastEventId: lastEventIdOf(exchange.request) });
      const work = callback(stream);
      if (isPromise(work)) {
        await work;
        stream.close();
      } else if (!sink.started) {
        await stream.comment();
      }
    });
}

/**
 * The part of `hubStream` that all frameworks share, with its options checked once.
 *
 * @throws {SseError} `invalid-option`.
 */
export function prepareHubStream(
  hub: Pick<Hub, "connect">,
  options: HubStreamHandlerOptions,
): (exchange: Exchange, subscribe: SubscribeCallback) => Served {
  checkResponseOptions(options);
  const settings = { methods: ["GET"], ...options };
  return (exchange, subscribe) =>
    serve(exchange, settings, async (sink) => {
      const subscribed = subscribe();
      // Without a wait where there is none, so that `serve` finds the stream begun.
      const subscription = isPromise(subscribed) ? await subscribed : subscribed;
      if (sink.over) return;
      checkSubscription(subscription);
      const lastEventId = lastEventIdOf(exchange.request);
      // Not before this: a hub that refuses answers in place of the stream.
      hub.connect(new EventStream(sink, { lastEventId, heartbeat: 0 }), subscription);
    });
}

/**
 * Begins a stream at once, for code that wants one in hand instead of a callback. A HEAD request gets the head, and a closed stream.
 *
 * @throws {SseError} `refused` with status 406 when the client takes no event stream, `invalid-option`, `handler-failed` when the response has been started.
 */
export function openEventStream(
  exchange: Exchange,
  options: Omit<EventStreamHandlerOptions, "methods">,
): EventStream {
  const { request, response } = exchange;
  checkEventStreamOptions(options);
  if (!acceptsEventStream(request.headers.accept)) throw refuse(406);
  if (response.headersSent) throw startedBefore();
  const sink = new ResponseSink(response, options, new ExchangeListener(exchange));
  const stream = new EventStream(sink, { ...options, lastEventId: lastEventIdOf(request) });
  if (request.method === "HEAD") stream.close();
  else void stream.comment();
  return stream;
}

/** Offers the response to `run` as a sink, and settles by what comes first: a byte, the client's leaving, or a failure. */
function serve(
  exchange: Exchange,
  options: ResponseOptions & { methods: readonly string[] },
  run: (sink: ResponseSink) => Promise<void>,
): Served {
  const { request, response } = exchange;
  if (isOver(response)) return Promise.resolve(undefined);
  if (response.headersSent) return Promise.reject(startedBefore());
  const answer = answerWithoutStream(request, options);
  if (answer !== undefined) return Promise.resolve(answer);

  return new Promise((resolve, reject) => {
    const sink = new ResponseSink(response, options, new ExchangeListener(exchange, resolve));
    const work = run(sink);
    if (!sink.started) void sink.closed.then(() => resolve(undefined));
    work.catch((thrown: unknown) => {
      const error = thrown ?? new SseError("handler-failed", "the callback threw nothing: throw an Error");
      if (sink.over) reportUnlessLeft(exchange, error);
      else if (sink.started) endWith(exchange, sink, error);
      else {
        if (isRefusal(error)) resolve(answerTo(error));
        else reject(error);
        sink.release();
      }
    });
  });
}

/** Passes on what a sink reports. A class, because it lasts as long as the stream and closures would take several times the memory. */
class ExchangeListener implements ResponseSinkListener {
  readonly #exchange: Exchange;
  readonly #begun: ((answer: undefined) => void) | undefined;

  constructor(exchange: Exchange, begun?: (answer: undefined) => void) {
    this.#exchange = exchange;
    this.#begun = begun;
  }

  onStart(sink: ResponseSink): void {
    this.#exchange.onStart?.(sink);
    this.#begun?.(undefined);
  }

  onError(error: unknown): void {
    report(this.#exchange, error);
  }
}

function lastEventIdOf({ headers, url }: NodeRequest): string {
  return getLastEventId(headers, url);
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

function isRefusal(error: unknown): error is SseError {
  return isSseError(error) && error.code === "refused";
}

function checkSubscription(subscription: unknown): void {
  if (typeof subscription === "object" && subscription !== null) return;
  throw new SseError(
    "handler-failed",
    "the callback of hubStream returned no subscription: return {} to follow what is broadcast, or throw refuse(status)",
  );
}

function startedBefore(): SseError {
  return new SseError(
    "handler-failed",
    "the response was started before the event stream: nothing else may send its head",
  );
}

/** The stream was cut short, but in order: the client gets what was written, and the framework gets the error. */
function endWith(exchange: Exchange, sink: ResponseSink, error: unknown): void {
  sink.close();
  void sink.closed.then(() => report(exchange, error));
}

/** A callback that waits with `stream.signal` throws when the client leaves, and a refusal has nobody to go to. */
function reportUnlessLeft(exchange: Exchange, error: unknown): void {
  const expected = isRefusal(error) || (error instanceof Error && error.name === "AbortError");
  if (!expected) report(exchange, error);
}

/** What the application does with an error may fail too; that must not take the process down. */
export function report(exchange: Exchange, error: unknown): void {
  try {
    exchange.onError(error);
  } catch (failure) {
    console.error(failure);
  }
}
