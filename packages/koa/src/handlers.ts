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
  type EndpointRequest,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
  type ResponseOptions,
  type RunHub,
  requireCallback,
  type StreamOutcome,
} from "@sse/hub/adapter";
import {
  addHeaders,
  endpointRequest,
  type NodeExchange,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  prepareRunStream,
} from "@sse/node/adapter";
import type { Context, Middleware } from "koa";

/**
 * Responds to each request with an event stream that your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may inspect the request and `throw
 * refuse(status)`, also after an `await`. A callback that returns nothing leaves the stream open
 * until the client leaves or {@link EventStream.close} is called. After a callback that returns a
 * promise, the stream is closed when that settles. Other errors are thrown; after the first byte
 * they are emitted as the application's `error` event, once the stream has ended. The middleware
 * returns when the stream has started: it does not wait for its end.
 *
 * @param callback receives the client's stream and Koa's context.
 * @throws {SseError} `invalid-option`, when the middleware is created.
 */
export function eventStream<Events extends object = Record<string, unknown>>(
  callback: (stream: EventStream<Events>, ctx: Context) => void | Promise<void>,
  options: EventStreamHandlerOptions = {},
): Middleware {
  requireCallback(callback, "eventStream(callback)");
  const serve = prepareEventStream<Events>(options);
  return (ctx) =>
    answer(
      ctx,
      serve(exchangeOf(ctx, options), (stream) => callback(stream, ctx)),
    );
}

/**
 * Connects each client to a hub.
 *
 * @param hub the hub.
 * @param subscribe returns what the client follows, or throws `refuse(status)`; may be async. The
 * client's `Last-Event-ID` is used unless the subscription has one. Default: only what is
 * broadcast.
 * @throws {SseError} `invalid-option`, when the middleware is created.
 */
export function hubStream(
  hub: Pick<Hub, "connect" | "probe">,
  subscribe: (ctx: Context) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions = {},
): Middleware {
  const serve = prepareHubStream(hub, options);
  requireCallback(subscribe, "hubStream(hub, subscribe)");
  return (ctx) =>
    answer(
      ctx,
      serve(exchangeOf(ctx, options), () => subscribe(ctx)),
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
 * @throws {SseError} `invalid-option`, when the middleware is created.
 */
export function runStream(
  hub: RunHub,
  find: (ctx: Context) => RunSubscription | Promise<RunSubscription>,
  options: HubStreamHandlerOptions = {},
): Middleware {
  const serve = prepareRunStream(hub, options);
  requireCallback(find, "runStream(hub, find)");
  return (ctx) =>
    answer(
      ctx,
      serve(exchangeOf(ctx, options), () => find(ctx)),
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
export function publishEndpoint(hub: PublishHub, options: PublishEndpointOptions<Context>): Middleware {
  const serve = preparePublishEndpoint(hub, options);
  return (ctx) => answer(ctx, serve(requestOf(ctx), ctx));
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
export function subscriptionEndpoint(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<Context>,
): Middleware {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (ctx) => answer(ctx, serve(requestOf(ctx), ctx));
}

/**
 * Sends streams whose content and timing are known, for `npx @sse/client doctor <url>`: the program
 * names what buffers, cuts or changes a stream between a client and this application. A client sees
 * nothing but its own request.
 *
 * @throws {SseError} `invalid-option`, when the middleware is created.
 */
export function doctorEndpoint(options: DoctorEndpointOptions = {}): Middleware {
  const serve = prepareDoctorEndpoint(options);
  return (ctx) => answer(ctx, serve(exchangeOf(ctx, {})));
}

/**
 * Returns the request for an endpoint. The usual body parsers of Koa leave their result on its
 * request.
 */
function requestOf(ctx: Context): EndpointRequest {
  ignoreLostConnection(ctx);
  return endpointRequest(ctx.req, (ctx.request as { body?: unknown }).body);
}

function exchangeOf(ctx: Context, { status = 200 }: ResponseOptions): NodeExchange {
  ignoreLostConnection(ctx);
  return {
    request: ctx.req,
    response: ctx.res,
    onStart: () => {
      ctx.status = status;
      return chainEnd(ctx);
    },
    onError: (error) => ctx.app.emit("error", error, ctx),
  };
}

/**
 * Resolves when Koa is about to respond: the middleware around, such as that of sessions, has set
 * its headers and cookies then. Koa reads `ctx.respond` first, to which `false` says that a
 * response is sent elsewhere.
 */
function chainEnd(ctx: Context): Promise<void> {
  return new Promise((resolve) => {
    Object.defineProperty(ctx, "respond", {
      configurable: true,
      get: () => {
        resolve();
        return false;
      },
      set: () => {},
    });
  });
}

/**
 * Keeps Koa from reporting a lost connection as an error of the application: it is a client that
 * left.
 */
function ignoreLostConnection(ctx: Context): void {
  const { onerror } = ctx;
  ctx.onerror = (error) => {
    if (error !== ctx.req.socket.errored) onerror.call(ctx, error);
  };
}

/** Sends a plain response through Koa, so that middleware around this one sees it. */
async function answer(ctx: Context, outcome: StreamOutcome): Promise<void> {
  const plain = await outcome;
  if (plain === undefined) {
    ctx.respond = false;
    return;
  }
  ctx.status = plain.status;
  addHeaders(ctx.res, plain.headers);
  ctx.body = plain.body;
}
