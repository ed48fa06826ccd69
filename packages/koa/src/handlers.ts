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
  type EndpointRequest,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  preparePublishEndpoint,
  prepareSubscriptionEndpoint,
  type StreamOutcome,
} from "@sse/hub/adapter";
import {
  addHeaders,
  endpointRequest,
  type NodeExchange,
  prepareEventStream,
  prepareHubStream,
} from "@sse/node/adapter";
import type { Context, Middleware } from "koa";

/**
 * Answers requests with an event stream each, which your own code writes to.
 *
 * Nothing is sent before the first write, so the callback may look at the request and `throw refuse(status)`, also after an `await`. A
 * callback that returns nothing leaves the stream open until the client leaves or {@link EventStream.close} is called; a callback that returns a
 * promise has the stream closed when that settles. Other errors are thrown on; after the first byte they are emitted as the
 * application's `error` event, once the stream has ended. The middleware is done when the stream has begun: it does not wait for its end.
 *
 * @param callback gets the client's stream and Koa's context.
 * @throws {SseError} `invalid-option`, when the middleware is made.
 */
export function eventStream(
  callback: (stream: EventStream, ctx: Context) => void | Promise<void>,
  options: EventStreamHandlerOptions = {},
): Middleware {
  const serve = prepareEventStream(options);
  return (ctx) =>
    answer(
      ctx,
      serve(exchangeOf(ctx), (stream) => callback(stream, ctx)),
    );
}

/**
 * Joins each client to a hub.
 *
 * @param hub the hub.
 * @param subscribe says what the client follows, or throws `refuse(status)`; it may be async. The client's `Last-Event-ID` is used unless the
 * subscription has one. Default: everybody follows what is broadcast, and no topic.
 * @throws {SseError} `invalid-option`, when the middleware is made.
 */
export function hubStream(
  hub: Pick<Hub, "connect">,
  subscribe: (ctx: Context) => Subscription | Promise<Subscription> = () => ({}),
  options: HubStreamHandlerOptions = {},
): Middleware {
  const serve = prepareHubStream(hub, options);
  return (ctx) =>
    answer(
      ctx,
      serve(exchangeOf(ctx), () => subscribe(ctx)),
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
export function publishEndpoint(hub: PublishHub, options: PublishEndpointOptions<Context>): Middleware {
  const serve = preparePublishEndpoint(hub, options);
  return (ctx) => answer(ctx, serve(requestOf(ctx), ctx));
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
  options: SubscriptionEndpointOptions<Context>,
): Middleware {
  const serve = prepareSubscriptionEndpoint(hub, options);
  return (ctx) => answer(ctx, serve(requestOf(ctx), ctx));
}

/** The usual body parsers of Koa leave what they read on its request. */
function requestOf(ctx: Context): EndpointRequest {
  ignoreLostConnection(ctx);
  return endpointRequest(ctx.req, (ctx.request as { body?: unknown }).body);
}

function exchangeOf(ctx: Context): NodeExchange {
  ignoreLostConnection(ctx);
  return {
    request: ctx.req,
    response: ctx.res,
    onError: (error) => ctx.app.emit("error", error, ctx),
  };
}

/** Koa reports a connection that broke as an error of the application, but it is only a client that left. */
function ignoreLostConnection(ctx: Context): void {
  const { onerror } = ctx;
  ctx.onerror = (error) => {
    if (error !== ctx.req.socket.errored) onerror.call(ctx, error);
  };
}

/** Plain answers go through Koa, so that middleware around this one sees them. */
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
