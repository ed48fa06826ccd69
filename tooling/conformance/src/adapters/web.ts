import type { IncomingMessage } from "node:http";
import type { NodeRequest } from "@sse/node";
import {
  doctorEndpoint,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
  type WebHandler,
} from "@sse/web";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { fetchServer } from "../fetch-server.js";
import type { AdapterSubject, Application, Route } from "./subject.js";

type Handler = WebHandler<[env: unknown, request: NodeRequest]>;

/**
 * `@sse/web` in Hono, on the server of the runtime that runs the tests; behind further middleware
 * if any is passed.
 */
export function webSubject(...middleware: MiddlewareHandler[]): AdapterSubject {
  return {
    name: `@sse/web on ${fetchServer.name}`,
    protocol: "http1",
    limits: fetchServer.limits,
    start: (application) => {
      const app = hono(application, middleware);
      return fetchServer.listen((request, env) => app.fetch(request, env));
    },
  };
}

function hono({ routes, headers, onError }: Application, middleware: MiddlewareHandler[]): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    onError(error);
    return c.text("Internal Server Error", 500);
  });
  for (const one of middleware) app.use(one);
  app.use(async (c, next) => {
    await next();
    addHeaders(c, headers);
  });
  for (const [path, route] of Object.entries(routes)) {
    const handle = handler(route, (error) => onError(error as Error));
    app.all(path, (c) => handle(c.req.raw, c.env, nodeRequest(c)));
  }
  return app;
}

/**
 * Middleware of Fetch servers changes the response when it is there: what the route has set stays.
 */
function addHeaders(c: Context, headers: Application["headers"]): void {
  for (const [name, value] of Object.entries(headers)) {
    const additive = ["set-cookie", "vary"].includes(name.toLowerCase());
    // No middleware sets the length of a stream.
    if (name === "Content-Length" || (!additive && c.res.headers.has(name))) continue;
    const own = additive ? headerLines(c.res.headers, name) : [];
    c.res.headers.delete(name);
    for (const line of [value, own].flat()) c.res.headers.append(name, line);
  }
}

function headerLines(headers: Headers, name: string): string[] {
  return name.toLowerCase() === "set-cookie" ? headers.getSetCookie() : [headers.get(name) ?? []].flat();
}

function handler(route: Route, onError: (error: unknown) => void): Handler {
  if ("stream" in route) {
    const options = { ...route.options, onError };
    return eventStream((stream, _request, _env, request) => route.stream(stream, request), options);
  }
  if ("hub" in route) {
    const { hub, subscribe, options } = route;
    const ask = subscribe && ((_request: Request, _env: unknown, request: NodeRequest) => subscribe(request));
    return hubStream(hub, ask, { ...options, onError });
  }
  if ("runs" in route) {
    const find = (_request: Request, _env: unknown, request: NodeRequest) => route.find(request);
    return runStream(route.runs, find, { onError });
  }
  if ("publish" in route) {
    const { authorize, ...bounds } = route.options;
    return publishEndpoint(route.publish, {
      ...bounds,
      authorize: (_request, audience, _env, request) => authorize(request, audience),
    });
  }
  if ("doctor" in route) return doctorEndpoint({ ...route.doctor, onError });
  const { authorize, ...bounds } = route.options;
  return subscriptionEndpoint(route.subscription, {
    ...bounds,
    authorize: (_request, change, _env, request) => authorize(request, change),
  });
}

/** Returns the parts of a Node request that the suites use. */
function nodeRequest(c: Context): NodeRequest {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  if (incoming !== undefined) return incoming;
  const { method, url, headers, signal } = c.req.raw;
  const socket = { once: (_event: "close", left: () => void) => signal.addEventListener("abort", left) };
  return {
    method,
    // No `new URL`: without a Host header it is no absolute URL on Bun.
    url: url.replace(/^https?:\/\/[^/]*/, ""),
    headers: Object.fromEntries(headers),
    socket,
  } as unknown as NodeRequest;
}
