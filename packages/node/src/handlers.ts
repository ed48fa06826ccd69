import type { EventStream } from "@sse/core";
import type {
  Hub,
  PublishEndpointOptions,
  PublishHub,
  RunSubscription,
  Subscription,
  SubscriptionEndpointOptions,
  SubscriptionHub,
} from "@sse/hub";
import {
  type DoctorEndpointOptions,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
  type RunHub,
  report,
  requireCallback,
  type StreamOutcome,
  textResponse,
} from "@sse/hub/adapter";
import { endpointRequest } from "./endpoint-request.js";
import {
  type NodeExchange,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  prepareRunStream,
} from "./exchange.js";
import type { NodeRequest, NodeResponse } from "./http-types.js";
import { sendPlainResponse } from "./plain-response.js";

/** The error option of `node:http`, which has no error path of its own. */
export interface ErrorOptions {
  /**
   * Receives what a callback throws, except refusals. The client has received 500 without a reason,
   * or, after the first byte, the end of its stream. Default: `console.error`.
   */
  onError?: ((error: unknown, request: NodeRequest) => void) | undefined;
}

/** A request listener of `node:http` and of the compatibility API of `node:http2`. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

/**
 * Responds to each request with an event stream that your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may inspect the request and `throw
 * refuse(status)`, also after an `await`. A callback that returns nothing leaves the stream open
 * until the client leaves or {@link EventStream.close} is called. After a callback that returns a
 * promise, the stream is closed when that settles.
 *
 * @param callback receives the client's stream and the request.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function eventStream<Events extends object = Record<string, unknown>>(
  callback: (stream: EventStream<Events>, request: NodeRequest) => void | Promise<void>,
  options: EventStreamHandlerOptions & ErrorOptions = {},
): NodeHandler {
  requireCallback(callback, "eventStream(callback)");
  const serve = prepareEventStream<Events>(options, ["onError"]);
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(
      exchange,
      serve(exchange, (stream) => callback(stream, request)),
    );
  };
}

/**
 * Connects each client to a hub.
 *
 * @param hub the hub.
 * @param subscribe returns what the client follows, or throws `refuse(status)`; may be async. The
 * client's `Last-Event-ID` is used unless the subscription has one. Default: only what is
 * broadcast.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function hubStream(
  hub: Pick<Hub, "connect" | "probe">,
  subscribe: (request: NodeRequest) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions & ErrorOptions = {},
): NodeHandler {
  const serve = prepareHubStream(hub, options, ["onError"]);
  requireCallback(subscribe, "hubStream(hub, subscribe)");
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(
      exchange,
      serve(exchange, () => subscribe(request)),
    );
  };
}

/**
 * Sends a run of a hub to each client: from its beginning, or after the client's `Last-Event-ID`,
 * then what is appended, and at its end `sse:end`. A client that has all of it is answered with
 * 204, which makes every client stop.
 *
 * @param hub the hub.
 * @param find returns the id of the run, and the `user` who reads it; or throws `refuse(status)`.
 * It may be async. A run that has a `user` is sent to that user alone.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function runStream(
  hub: RunHub,
  find: (request: NodeRequest) => RunSubscription | Promise<RunSubscription>,
  options: HubStreamHandlerOptions & ErrorOptions = {},
): NodeHandler {
  const serve = prepareRunStream(hub, options, ["onError"]);
  requireCallback(find, "runStream(hub, find)");
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(
      exchange,
      serve(exchange, () => find(request)),
    );
  };
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data,
 * ephemeral?, conflateKey? }] }`, with neither topics nor users for a broadcast. Responds with `{
 * ids }`, or a problem as JSON (RFC 9457).
 *
 * @param hub the hub to publish to.
 * @param options `authorize` decides who may publish; without it the endpoint cannot be created.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function publishEndpoint(
  hub: PublishHub,
  options: PublishEndpointOptions<NodeRequest> & ErrorOptions,
): NodeHandler {
  const serve = preparePublishEndpoint(hub, withoutOnError(options));
  return (request, response) =>
    answer(new HandlerExchange(request, response, options), serve(endpointRequest(request), request));
}

/**
 * Lets a page change the topics of its own connection, because an `EventSource` is one-way: `POST`
 * JSON `{ connection, subscribe?, unsubscribe? }` with the connection's id from `sse:live`.
 * Responds with `{ topics }`, or a problem as JSON (RFC 9457).
 *
 * @param hub the hub of the connection, on this instance or another.
 * @param options `authorize` decides who may follow what; without it the endpoint cannot be
 * created.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function subscriptionEndpoint(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<NodeRequest> & ErrorOptions,
): NodeHandler {
  const serve = prepareSubscriptionEndpoint(hub, withoutOnError(options));
  return (request, response) =>
    answer(new HandlerExchange(request, response, options), serve(endpointRequest(request), request));
}

/**
 * Sends streams whose content and timing are known, for `npx @sse/client doctor <url>`: the program
 * names what buffers, cuts or changes a stream between a client and this application. A client sees
 * nothing but its own request.
 *
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function doctorEndpoint(options: DoctorEndpointOptions & ErrorOptions = {}): NodeHandler {
  const serve = prepareDoctorEndpoint(options, ["onError"]);
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(exchange, serve(exchange));
  };
}

/** Returns the options of an endpoint, which refuses those that it does not know. */
function withoutOnError<Options extends ErrorOptions>(options: Options): Omit<Options, "onError"> {
  const { onError: _, ...own } = options ?? {};
  return own as Omit<Options, "onError">;
}

/** A class: it lasts as long as the stream, and closures would use more memory. */
class HandlerExchange implements NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly #options: ErrorOptions;

  constructor(request: NodeRequest, response: NodeResponse, options: ErrorOptions) {
    this.request = request;
    this.response = response;
    this.#options = options;
  }

  onError(error: unknown): unknown {
    const { onError = (thrown) => console.error(thrown) } = this.#options;
    return onError(error, this.request);
  }
}

const internalError = textResponse(500, "Internal Server Error\n");

function answer(exchange: NodeExchange, outcome: StreamOutcome): void {
  const { response } = exchange;
  outcome
    .then((plain) => plain && sendPlainResponse(response, plain))
    .catch((error: unknown) => {
      sendPlainResponse(response, internalError);
      report(exchange, error);
    });
}
