import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import {
  doctorEndpoint,
  eventStream,
  hubStream,
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
} from "@sse/node";
import { listening } from "./listening.js";
import type { AdapterSubject, Application, Route } from "./subject.js";

/** `@sse/node` on `node:http`. */
export const nodeHttp1: AdapterSubject = {
  name: "@sse/node on node:http",
  protocol: "http1",
  start: (application) => listening(createServer(listener(application))),
};

/** `@sse/node` on `node:http2`. */
export const nodeHttp2: AdapterSubject = {
  name: "@sse/node on node:http2",
  protocol: "http2",
  start: (application) => listening(createHttp2Server(listener(application))),
};

function listener({ routes, headers, onError }: Application): NodeHandler {
  const report = (error: unknown): void => onError(error as Error);
  const handlers = new Map(Object.entries(routes).map(([path, route]) => [path, handler(route, report)]));
  return (request: NodeRequest, response: NodeResponse) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const path = new URL(request.url ?? "", "http://localhost").pathname;
    handlers.get(path)?.(request, response);
  };
}

function handler(route: Route, onError: (error: unknown) => void): NodeHandler {
  if ("stream" in route) return eventStream(route.stream, { ...route.options, onError });
  if ("hub" in route) return hubStream(route.hub, route.subscribe, { ...route.options, onError });
  if ("runs" in route) return runStream(route.runs, route.find, { onError });
  if ("publish" in route) return publishEndpoint(route.publish, { ...route.options, onError });
  if ("doctor" in route) return doctorEndpoint({ ...route.doctor, onError });
  return subscriptionEndpoint(route.subscription, { ...route.options, onError });
}
