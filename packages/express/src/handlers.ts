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
  type StreamOutcome,
} from "@sse/hub/adapter";
import {
  endpointRequest,
  type NodeExchange,
  prepareEventStream,
  prepareHubStream,
  sendPlainResponse,
} from "@sse/node/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";

/**
 * Answers requests with an event stream each, which your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may look at the request and `throw refuse(status)`, also after an `await`. A
 * callback that returns nothing leaves the stream open until the client leaves or {@link EventStream.close} is called; a callback that returns a
 * promise has the stream closed when that settles. Other errors go to `next`; after the first byte, once the stream has ended.
 *
 * @param callback gets the client's stream and Express's request.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function eventStream(
  callback: (stream: EventStream, request: Request) => void | Promise<void>,
  options: EventStreamHandlerOptions = {},
): RequestHandler {
  const serve = prepareEventStream(options);
  return (request, response, next) =>
    answer(
      response,
      next,
      serve(exchangeOf(request, response, next), (stream) => callback(stream, request)),
    );
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
  subscribe: (request: Request) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions = {},
): RequestHandler {
  const serve = prepareHubStream(hub, options);
  return (request, response, next) =>
    answer(
      response,
      next,
      serve(exchangeOf(request, response, next), () => subscribe(request)),
    );
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data, ephemeral?, conflateKey? }] }`, with neither topics nor users for
 * a broadcast. Answers `{ ids }`, or a problem as JSON (RFC 9457). A body that a parser has read already is taken from it.
 *
 * @param hub where to publish.
 * @param options `authorize` decides who may publish to whom; without it there is no endpoint.
 * @throws {SseError} `invalid-option`, when it is made.
 */
export function publishEndpoint(hub: PublishHub, options: PublishEndpointOptions<Request>): RequestHandler {
  const serve = preparePublishEndpoint(hub, options);
  return (request, response, next) =>
    answer(response, next, serve(endpointRequest(request, request.body), request));
}

/**
 * Lets a page change the topics of its own connection, because an `EventSource` is one-way: `POST` JSON `{ connection, subscribe?, unsubscribe? }` with the
 * connection's id that came in `sse:live`. Answers `{ topics }`, or a problem as JSON (RFC 9457).
 *
 * @param hub where the connection is, on this instance or another.
 * @param options `authorize` decides who may follow what; without it there is no endpoint.
 * @throws {SseError} `invalid-option`, when it is made.
 */
export function subscriptionEndpoint(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<Request>,
): RequestHandler {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (request, response, next) =>
    answer(response, next, serve(endpointRequest(request, request.body), request));
}

function exchangeOf(request: Request, response: Response, next: NextFunction): NodeExchange {
  return { request, response, onError: next };
}

function answer(response: Response, next: NextFunction, outcome: StreamOutcome): void {
  outcome.then((plain) => plain && sendPlainResponse(response, plain)).catch(next);
}
