import type { EventStream } from "@sse/core";
import type {
  Audience,
  Hub,
  PublishAuthorization,
  PublishEndpointOptions,
  PublishHub,
  RunSubscription,
  Subscription,
  SubscriptionChange,
  SubscriptionEndpointOptions,
  SubscriptionHub,
} from "@sse/hub";
import {
  type DoctorEndpointOptions,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  preparePublishEndpoint,
  prepareRunStream,
  prepareSubscriptionEndpoint,
  type RunHub,
  requireCallback,
} from "@sse/hub/adapter";
import { endpointRequest } from "./endpoint-request.js";
import { FetchExchange } from "./fetch-exchange.js";
import { toResponse } from "./response.js";

/** Receives errors for which no response can be sent any more. */
export interface ErrorOptions {
  /**
   * Receives what a callback throws after the first byte, apart from refusals; the stream has been
   * ended. What it throws before that rejects the handler's promise, for the error path of the
   * framework. Default: `console.error`.
   */
  onError?: ((error: unknown, request: Request) => void) | undefined;
}

/**
 * A handler of Fetch requests. `Rest` are the arguments that the platform passes beside the
 * request, such as Bun's server, the `env` and `ctx` of Workers, or `{ params }` of Next.js;
 * callbacks receive them too. Where no callback names any, the handler accepts all.
 */
export type WebHandler<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest extends [] ? unknown[] : Rest
) => Promise<Response>;

/**
 * Options of a publish endpoint; `authorize` receives the further arguments of the handler as well.
 */
export interface WebPublishOptions<Rest extends unknown[]>
  extends Omit<PublishEndpointOptions<Request>, "authorize"> {
  /**
   * Decides whether a request may publish to an audience: all of its topics, or all of its users,
   * or everyone. Anything but `true` or a publisher is answered with 403; `throw refuse(401)` for
   * another answer.
   */
  authorize: (
    request: Request,
    audience: Audience,
    ...rest: Rest
  ) => PublishAuthorization | Promise<PublishAuthorization>;
}

/**
 * Options of a subscription endpoint; `authorize` receives the further arguments of the handler as
 * well.
 */
export interface WebSubscriptionOptions<Rest extends unknown[]>
  extends Omit<SubscriptionEndpointOptions<Request>, "authorize"> {
  /**
   * Decides whether a request may make a change. Anything but `true` is answered with 403; `throw
   * refuse(401)` for another answer.
   */
  authorize: (request: Request, change: SubscriptionChange, ...rest: Rest) => boolean | Promise<boolean>;
}

/**
 * Answers each request with an event stream that your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may look at the request and `throw
 * refuse(status)`, also after an `await`. A callback that returns nothing leaves the stream open
 * until the client leaves or {@link EventStream.close} is called; the stream of a callback that
 * returns a promise is closed when that settles.
 *
 * @param callback receives the client's stream, the request, and what the platform passed beside
 * it.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function eventStream<Events extends object = Record<string, unknown>, Rest extends unknown[] = []>(
  callback: (stream: EventStream<Events>, request: Request, ...rest: Rest) => void | Promise<void>,
  options: EventStreamHandlerOptions & ErrorOptions = {},
): WebHandler<Rest> {
  requireCallback(callback, "eventStream(callback)");
  const serve = prepareEventStream<Events>(options, ["onError"]);
  return webHandler<Rest>(async (request, ...rest) => {
    const exchange = new FetchExchange(request, rest, options.onError);
    return exchange.respond(serve(exchange, (stream) => callback(stream, request, ...rest)));
  });
}

/**
 * Joins each client to a hub.
 *
 * @param hub the hub.
 * @param subscribe returns what the client follows, or throws `refuse(status)`; it may be async.
 * The client's `Last-Event-ID` is used unless the subscription has one. Default: every client
 * follows what is broadcast, and no topic.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function hubStream<Rest extends unknown[]>(
  hub: Pick<Hub, "connect" | "probe">,
  subscribe: (request: Request, ...rest: Rest) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions & ErrorOptions = {},
): WebHandler<Rest> {
  const serve = prepareHubStream(hub, options, ["onError"]);
  requireCallback(subscribe, "hubStream(hub, subscribe)");
  return webHandler<Rest>(async (request, ...rest) => {
    const exchange = new FetchExchange(request, rest, options.onError);
    return exchange.respond(serve(exchange, () => subscribe(request, ...rest)));
  });
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
export function runStream<Rest extends unknown[]>(
  hub: RunHub,
  find: (request: Request, ...rest: Rest) => RunSubscription | Promise<RunSubscription>,
  options: HubStreamHandlerOptions & ErrorOptions = {},
): WebHandler<Rest> {
  const serve = prepareRunStream(hub, options, ["onError"]);
  requireCallback(find, "runStream(hub, find)");
  return webHandler<Rest>(async (request, ...rest) => {
    const exchange = new FetchExchange(request, rest, options.onError);
    return exchange.respond(serve(exchange, () => find(request, ...rest)));
  });
}

/**
 * Lets other programs publish over HTTP: `POST` JSON `{ topics?, users?, events: [{ event?, data,
 * ephemeral?, conflateKey? }] }`, with neither topics nor users for a broadcast. Responds with `{
 * ids }`, or a problem as JSON (RFC 9457).
 *
 * @param hub where to publish.
 * @param options `authorize` decides who may publish to which audience; without it there is no
 * endpoint.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function publishEndpoint<Rest extends unknown[]>(
  hub: PublishHub,
  { authorize, ...bounds }: WebPublishOptions<Rest> = {} as WebPublishOptions<Rest>,
): WebHandler<Rest> {
  const serve = preparePublishEndpoint<[Request, ...Rest]>(hub, {
    ...bounds,
    authorize: authorize && (([request, ...rest], audience) => authorize(request, audience, ...rest)),
  });
  return webHandler<Rest>(async (...call) => toResponse(await serve(endpointRequest(call[0]), call)));
}

/**
 * Lets a page change the topics of its own connection, because an `EventSource` is one-way: `POST`
 * JSON `{ connection, subscribe?, unsubscribe? }` with the connection's id from `sse:live`.
 * Responds with `{ topics }`, or a problem as JSON (RFC 9457).
 *
 * @param hub where the connection is, on this instance or another.
 * @param options `authorize` decides which topics a connection may follow; without it there is no
 * endpoint.
 * @throws {SseError} `invalid-option`, when the handler is made.
 */
export function subscriptionEndpoint<Rest extends unknown[]>(
  hub: SubscriptionHub,
  { authorize, ...bounds }: WebSubscriptionOptions<Rest> = {} as WebSubscriptionOptions<Rest>,
): WebHandler<Rest> {
  const serve = prepareSubscriptionEndpoint<[Request, ...Rest]>(hub, {
    ...bounds,
    authorize: authorize && (([request, ...rest], change) => authorize(request, change, ...rest)),
  });
  return webHandler<Rest>(async (...call) => toResponse(await serve(endpointRequest(call[0]), call)));
}

/**
 * Sends streams whose content and timing are known, for `npx @sse/client doctor <url>`: the program
 * names what buffers, cuts or changes a stream between a client and this application. A client
 * learns nothing but its own request.
 *
 * @throws {SseError} `invalid-option`, when the handler is created.
 */
export function doctorEndpoint<Rest extends unknown[]>(
  options: DoctorEndpointOptions & ErrorOptions = {},
): WebHandler<Rest> {
  const serve = prepareDoctorEndpoint(options, ["onError"]);
  return webHandler<Rest>(async (request, ...rest) => {
    const exchange = new FetchExchange(request, rest, options.onError);
    return exchange.respond(serve(exchange));
  });
}

/** Types a handler: the arguments of the platform are those that its callback names. */
function webHandler<Rest extends unknown[]>(
  respond: (request: Request, ...rest: Rest) => Promise<Response>,
): WebHandler<Rest> {
  return respond as WebHandler<Rest>;
}
