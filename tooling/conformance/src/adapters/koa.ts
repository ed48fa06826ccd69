import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { json } from "node:stream/consumers";
import {
  doctorEndpoint,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
} from "@sse/koa";
import Koa, { type Middleware } from "koa";
import { listening } from "./listening.js";
import type { AdapterSubject, Application, Route } from "./subject.js";

/** `@sse/koa`, behind further middleware if any is passed. */
export function koaSubject(name = "@sse/koa", ...middleware: Middleware[]): AdapterSubject {
  return {
    name,
    protocol: "http1",
    start: (application) => listening(createServer(koa(application, middleware).callback())),
  };
}

/** `@sse/koa` on `node:http2`. */
export const koaHttp2: AdapterSubject = {
  name: "@sse/koa on node:http2",
  protocol: "http2",
  start: (application) => listening(createHttp2Server(koa(application, []).callback())),
};

/** `@sse/koa` behind a body parser that does what the usual ones do. */
export function koaBehindParser(): AdapterSubject {
  const parseJson: Middleware = async (ctx, next) => {
    if (ctx.is("json")) Object.assign(ctx.request, { body: await json(ctx.req) });
    await next();
  };
  return { ...koaSubject("@sse/koa behind a body parser", parseJson), parsesBodies: true };
}

function koa({ routes, headers, onError }: Application, middleware: Middleware[]): Koa {
  const app = new Koa();
  app.on("error", onError);
  for (const one of middleware) app.use(one);
  app.use((ctx, next) => {
    ctx.set(headers);
    return next();
  });
  const handlers = new Map(Object.entries(routes).map(([path, route]) => [path, handler(route)]));
  app.use((ctx, next) => handlers.get(ctx.path)?.(ctx, next));
  return app;
}

function handler(route: Route): Middleware {
  if ("stream" in route) return eventStream((stream, ctx) => route.stream(stream, ctx.req), route.options);
  if ("hub" in route) {
    const { hub, subscribe, options } = route;
    return hubStream(hub, subscribe && ((ctx) => subscribe(ctx.req)), options);
  }
  if ("runs" in route) return runStream(route.runs, (ctx) => route.find(ctx.req));
  if ("publish" in route) {
    const { authorize, ...options } = route.options;
    return publishEndpoint(route.publish, { ...options, authorize: (ctx, to) => authorize(ctx.req, to) });
  }
  if ("doctor" in route) return doctorEndpoint(route.doctor);
  const { authorize, ...options } = route.options;
  return subscriptionEndpoint(route.subscription, {
    ...options,
    authorize: (ctx, change) => authorize(ctx.req, change),
  });
}
