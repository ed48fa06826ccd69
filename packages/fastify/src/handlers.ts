import type { EventStream } from "@sse/core";
import {
  type DescribeEventsOptions,
  describeEvents,
  type Hub,
  type PublishEndpointOptions,
  type PublishHub,
  type RunSubscription,
  type Subscription,
  type SubscriptionEndpointOptions,
  type SubscriptionHub,
} from "@sse/hub";
import {
  type DoctorEndpointOptions,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
  type RunHub,
  requireCallback,
} from "@sse/hub/adapter";
import {
  endpointRequest,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  prepareRunStream,
} from "@sse/node/adapter";
import type { FastifyRequest, RawServerBase, RouteGenericInterface } from "fastify";
import { described } from "./described-routes.js";
import { type AnyReply, type AnyRequest, answer, exchangeOf } from "./exchange.js";

/** A route handler of Fastify. */
export type StreamRouteHandler<Request> = (request: Request, reply: AnyReply) => Promise<unknown>;

/**
 * Responds to each request with an event stream that your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may inspect the request and `throw
 * refuse(status)`, also after an `await`. A callback that returns nothing leaves the stream open
 * until the client leaves or {@link EventStream.close} is called. After a callback that returns a
 * promise, the stream is closed when that settles. Other errors are passed to Fastify's error
 * handler; after the first byte they are logged, once the stream has ended. Headers of the reply
 * are kept; `onSend` hooks run only for plain responses.
 *
 * @param callback receives the client's stream and Fastify's request.
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function eventStream<
  Events extends object = Record<string, unknown>,
  Request extends AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>,
>(
  callback: (stream: EventStream<Events>, request: Request) => void | Promise<void>,
  options: EventStreamHandlerOptions = {},
): StreamRouteHandler<Request> {
  requireCallback(callback, "eventStream(callback)");
  const serve = prepareEventStream<Events>(options);
  const handler: StreamRouteHandler<Request> = (request, reply) =>
    answer(
      reply,
      serve(exchangeOf(request, reply), (stream) => callback(stream, request)),
    );
  return described(handler, () => describeEvents({ controlEvents: false }));
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
export function hubStream<Request extends AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>>(
  hub: Pick<Hub, "connect" | "probe"> & Pick<DescribeEventsOptions, "events">,
  subscribe: (request: Request) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions = {},
): StreamRouteHandler<Request> {
  const serve = prepareHubStream(hub, options);
  requireCallback(subscribe, "hubStream(hub, subscribe)");
  const handler: StreamRouteHandler<Request> = (request, reply) =>
    answer(
      reply,
      serve(exchangeOf(request, reply), () => subscribe(request)),
    );
  return described(handler, () => describeEvents({ events: hub.events }));
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
export function runStream<Request extends AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>>(
  hub: RunHub,
  find: (request: Request) => RunSubscription | Promise<RunSubscription>,
  options: HubStreamHandlerOptions = {},
): StreamRouteHandler<Request> {
  const serve = prepareRunStream(hub, options);
  requireCallback(find, "runStream(hub, find)");
  return (request, reply) =>
    answer(
      reply,
      serve(exchangeOf(request, reply), () => find(request)),
    );
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data,
 * ephemeral?, conflateKey? }] }`, with neither topics nor users for a broadcast. Responds with `{
 * ids }`, or a problem as JSON (RFC 9457). Fastify itself parses the body, limits it by its
 * `bodyLimit`, and answers invalid JSON.
 *
 * @param hub the hub to publish to.
 * @param options `authorize` decides who may publish; without it the endpoint cannot be created.
 * @throws {SseError} `invalid-option`, when it is created.
 */
export function publishEndpoint<Request extends AnyRequest = FastifyRequest>(
  hub: PublishHub,
  options: PublishEndpointOptions<Request>,
): StreamRouteHandler<Request> {
  const serve = preparePublishEndpoint(hub, options);
  return (request, reply) => answer(reply, serve(endpointRequest(request.raw, request.body), request));
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
export function subscriptionEndpoint<Request extends AnyRequest = FastifyRequest>(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<Request>,
): StreamRouteHandler<Request> {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (request, reply) => answer(reply, serve(endpointRequest(request.raw, request.body), request));
}

/**
 * Sends streams whose content and timing are known, for `npx @sse/client doctor <url>`: the program
 * names what buffers, cuts or changes a stream between a client and this application. A client sees
 * nothing but its own request.
 *
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function doctorEndpoint<
  Request extends AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>,
>(options: DoctorEndpointOptions = {}): StreamRouteHandler<Request> {
  const serve = prepareDoctorEndpoint(options);
  return (request, reply) => answer(reply, serve(exchangeOf(request, reply)));
}
