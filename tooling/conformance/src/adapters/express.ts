import { createServer } from "node:http";
import { createRequire } from "node:module";
import {
  doctorEndpoint,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
} from "@sse/express";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { listening } from "./listening.js";
import type { AdapterSubject, Route } from "./subject.js";

/** `@sse/express` on the least version of Express 4. */
export function express4Subject(): AdapterSubject {
  return subject("@sse/express on Express 4.18", createRequire(import.meta.url)("express-4"), []);
}

/** `@sse/express`, behind further middleware if any is passed. */
export function expressSubject(name = "@sse/express", ...middleware: RequestHandler[]): AdapterSubject {
  return subject(name, express, middleware);
}

function subject(name: string, createApp: () => Express, middleware: RequestHandler[]): AdapterSubject {
  return {
    name,
    protocol: "http1",
    start: ({ routes, headers, onError }) => {
      const app = createApp();
      for (const handler of middleware) app.use(handler);
      app.use((_request, response, next) => {
        response.set(headers);
        next();
      });
      for (const [path, route] of Object.entries(routes)) app.all(path, handler(route));
      const failed: ErrorRequestHandler = (error, _request, response, next) => {
        onError(error);
        if (response.headersSent) next(error);
        else response.status(500).send("Internal Server Error");
      };
      app.use(failed);
      // Else Express prints what is passed on to its last handler.
      app.set("env", "test");
      return listening(createServer(app));
    },
  };
}

function handler(route: Route): RequestHandler {
  if ("stream" in route) return eventStream(route.stream, route.options);
  if ("hub" in route) return hubStream(route.hub, route.subscribe, route.options);
  if ("runs" in route) return runStream(route.runs, route.find);
  if ("publish" in route) return publishEndpoint(route.publish, route.options);
  if ("doctor" in route) return doctorEndpoint(route.doctor);
  return subscriptionEndpoint(route.subscription, route.options);
}
