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
  requireCallback,
  type StreamOutcome,
} from "@sse/hub/adapter";
import {
  endpointRequest,
  type NodeExchange,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  prepareRunStream,
  sendPlainResponse,
} from "@sse/node/adapter";
import type { NextFunction, Request, RequestHandler, Response } from "express";

/**
 * The parameters of a route. For a wildcard, which has several values, pass a type of its own:
 * `app.get<{ path: string[] }>("/files/*path", …)`.
 */
export type RouteParams = Record<string, string>;

/**
 * Responds to each request with an event stream that your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may inspect the request and `throw
 * refuse(status)`, also after an `await`. A callback that returns nothing leaves the stream open
 * until the client leaves or {@link EventStream.close} is called. After a callback that returns a
 * promise, the stream is closed when that settles. Other errors are passed to `next`; after the
 * first byte, once the stream has ended.
 *
 * @param callback receives the client's stream and Express's request.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function eventStream<Events extends object = Record<string, unknown>, P = RouteParams>(
  callback: (stream: EventStream<Events>, request: Request<P>) => void | Promise<void>,
  options: EventStreamHandlerOptions = {},
): RequestHandler<P> {
  requireCallback(callback, "eventStream(callback)");
  const serve = prepareEventStream<Events>(options);
  return (request, response, next) =>
    answer(
      response,
      next,
      serve(exchangeOf(request, response, next), (stream) => callback(stream, request)),
    );
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
export function hubStream<P = RouteParams>(
  hub: Pick<Hub, "connect" | "probe">,
  subscribe: (request: Request<P>) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions = {},
): RequestHandler<P> {
  const serve = prepareHubStream(hub, options);
  requireCallback(subscribe, "hubStream(hub, subscribe)");
  return (request, response, next) =>
    answer(
      response,
      next,
      serve(exchangeOf(request, response, next), () => subscribe(request)),
    );
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
export function runStream<P = RouteParams>(
  hub: RunHub,
  find: (request: Request<P>) => RunSubscription | Promise<RunSubscription>,
  options: HubStreamHandlerOptions = {},
): RequestHandler<P> {
  const serve = prepareRunStream(hub, options);
  requireCallback(find, "runStream(hub, find)");
  return (request, response, next) =>
    answer(
      response,
      next,
      serve(exchangeOf(request, response, next), () => find(request)),
    );
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data,
 * ephemeral?, conflateKey? }] }`, with neither topics nor users for a broadcast. Responds with `{
 * ids }`, or a problem as JSON (RFC 9457). A body that a parser has read already is used.
 *
 * @param hub the hub to publish to.
 * @param options `authorize` decides who may publish; without it the endpoint cannot be created.
 * @throws {SseError} `invalid-option`, when it is created.
 */
export function publishEndpoint<P = RouteParams>(
  hub: PublishHub,
  options: PublishEndpointOptions<Request<P>>,
): RequestHandler<P> {
  const serve = preparePublishEndpoint(hub, options);
  return (request, response, next) =>
    answer(response, next, serve(endpointRequest(request, request.body), request));
}

/**
 * Lets a page change the topics of its own connection, because an `EventSource` is one-way: `POST`
 * JSON `{ connection, subscribe?, unsubscribe? }` with the connection's id from `sse:live`.
 * Responds with `{ topics }`, or a problem as JSON (RFC 9457).
 *
 * @param hub the hub of the connection, on this instance or another.
 * @param options `authorize` decides who may follow what; without it the endpoint cannot be
 * created.
 * @throws {SseError} `invalid-option`, when it is created.
 */
export function subscriptionEndpoint<P = RouteParams>(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<Request<P>>,
): RequestHandler<P> {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (request, response, next) =>
    answer(response, next, serve(endpointRequest(request, request.body), request));
}

/**
 * Sends streams whose content and timing are known, for `npx @sse/client doctor <url>`: the program
 * names what buffers, cuts or changes a stream between a client and this application. A client sees
 * nothing but its own request.
 *
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function doctorEndpoint<P = RouteParams>(options: DoctorEndpointOptions = {}): RequestHandler<P> {
  const serve = prepareDoctorEndpoint(options);
  return (request, response, next) => answer(response, next, serve(exchangeOf(request, response, next)));
}

function exchangeOf<P>(request: Request<P>, response: Response, next: NextFunction): NodeExchange {
  return { request, response, onError: next };
}

function answer(response: Response, next: NextFunction, outcome: StreamOutcome): void {
  outcome.then((plain) => plain && sendPlainResponse(response, plain)).catch(next);
}
