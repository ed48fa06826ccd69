import type { EventStream } from "@sse/core";
import type {
  Hub,
  PublishEndpointOptions,
  PublishHub,
  Subscription,
  SubscriptionEndpointOptions,
  SubscriptionHub,
} from "@sse/hub";
import {
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
  report,
  type StreamOutcome,
  textResponse,
} from "@sse/hub/adapter";
import { endpointRequest } from "./endpoint-request.js";
import { type NodeExchange, prepareEventStream, prepareHubStream } from "./exchange.js";
import type { NodeRequest, NodeResponse } from "./http-types.js";
import { sendPlainResponse } from "./plain-response.js";

/** What only `node:http` needs, because it has no error path of its own. */
export interface ErrorOptions {
  /**
   * Takes what a callback throws, apart from refusals. The client has been answered 500 without a reason, or, after the first byte, its stream
   * has been ended. Default: `console.error`.
   */
  onError?: (error: unknown, request: NodeRequest) => void;
}

/** A request listener of `node:http` and of the compatibility API of `node:http2`. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

/**
 * Answers requests with an event stream each, which your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may look at the request and `throw refuse(status)`, also after an `await`. A
 * callback that returns nothing leaves the stream open until the client leaves or {@link EventStream.close} is called; a callback that returns a
 * promise has the stream closed when that settles.
 *
 * @param callback gets the client's stream and the request.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function eventStream(
  callback: (stream: EventStream, request: NodeRequest) => void | Promise<void>,
  options: EventStreamHandlerOptions & ErrorOptions = {},
): NodeHandler {
  const serve = prepareEventStream(options);
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(
      exchange,
      serve(exchange, (stream) => callback(stream, request)),
    );
  };
}

/**
 * Joins each client to a hub.
 *
 * @param hub the hub.
 * @param subscribe says what the client follows, or throws `refuse(status)`; it may be async. The client's `Last-Event-ID` is used unless the
 * subscription has one. Default: everybody follows what is broadcast, and no topic.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function hubStream(
  hub: Pick<Hub, "connect">,
  subscribe: (request: NodeRequest) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions & ErrorOptions = {},
): NodeHandler {
  const serve = prepareHubStream(hub, options);
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, options);
    answer(
      exchange,
      serve(exchange, () => subscribe(request)),
    );
  };
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data, ephemeral?, conflateKey? }] }`, with neither topics nor users for
 * a broadcast. Answers `{ ids }`, or a problem as JSON (RFC 9457).
 *
 * @param hub where to publish.
 * @param options `authorize` decides who may publish to whom; without it there is no endpoint.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function publishEndpoint(
  hub: PublishHub,
  options: PublishEndpointOptions<NodeRequest> & ErrorOptions,
): NodeHandler {
  const serve = preparePublishEndpoint(hub, options);
  return (request, response) =>
    answer(new HandlerExchange(request, response, options), serve(endpointRequest(request), request));
}

/**
 * Lets a page change the topics of its own connection, because an `EventSource` is one-way: `POST` JSON `{ connection, subscribe?, unsubscribe? }` with the
 * connection's id that came in `sse:live`. Answers `{ topics }`, or a problem as JSON (RFC 9457).
 *
 * @param hub where the connection is, on this instance or another.
 * @param options `authorize` decides who may follow what; without it there is no endpoint.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function subscriptionEndpoint(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<NodeRequest> & ErrorOptions,
): NodeHandler {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (request, response) =>
    answer(new HandlerExchange(request, response, options), serve(endpointRequest(request), request));
}

/** A class, because it lasts as long as the stream and closures would take more memory. */
class HandlerExchange implements NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly #options: ErrorOptions;

  constructor(request: NodeRequest, response: NodeResponse, options: ErrorOptions) {
    this.request = request;
    this.response = response;
    this.#options = options;
  }

  onError(error: unknown): void {
    const { onError = (thrown) => console.error(thrown) } = this.#options;
    onError(error, this.request);
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
