import type { Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  doctorEndpoint,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  sse,
  subscriptionEndpoint,
} from "@sse/fastify";
import fastify, { type FastifyInstance, type FastifyPluginAsync } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { AdapterSubject, Application, Route, Running } from "./subject.js";

/** `@sse/fastify`, with further plugins if any are passed. Fastify parses JSON itself. */
export function fastifySubject(name = "@sse/fastify", ...plugins: FastifyPluginAsync[]): AdapterSubject {
  return {
    name,
    protocol: "http1",
    parsesBodies: true,
    start: (application) =>
      start(fastify({ logger: logger(application), forceCloseConnections: true }), application, plugins),
  };
}

/** `@sse/fastify` on `node:http2`. */
export const fastifyHttp2: AdapterSubject = {
  name: "@sse/fastify on node:http2",
  protocol: "http2",
  parsesBodies: true,
  start: (application) => {
    const app = fastify<Http2Server>({ logger: logger(application), http2: true });
    return start(app as unknown as FastifyInstance, application, []);
  },
};

/** `@sse/fastify` where Fastify leaves all bodies alone, as the README shows. */
export function fastifyWithoutParsers(): AdapterSubject {
  const leaveBodies = fastifyPlugin(async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  });
  const name = "@sse/fastify without body parsers";
  return { ...fastifySubject(name, leaveBodies), parsesBodies: false };
}

/**
 * Errors after the first byte are logged: that is Fastify's way, so the log counts as its error
 * path.
 */
function logger({ onError }: Application): { level: string; stream: { write: (line: string) => void } } {
  const write = (line: string): void => onError(new Error(JSON.parse(line).err.message));
  return { level: "error", stream: { write } };
}

async function start(
  app: FastifyInstance,
  { routes, headers, onError }: Application,
  plugins: FastifyPluginAsync[],
): Promise<Running> {
  await app.register(sse);
  for (const plugin of plugins) await app.register(plugin);
  app.addHook("onRequest", async (_request, reply) => {
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  });
  app.setErrorHandler<Error>((error, _request, reply) => {
    onError(error);
    return reply.code(500).send("Internal Server Error");
  });
  for (const [path, route] of Object.entries(routes)) app.all(path, handler(route));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  return { port, stop: () => app.close() };
}

function handler(route: Route): ReturnType<typeof eventStream> {
  if ("stream" in route) {
    return eventStream((stream, request) => route.stream(stream, request.raw), route.options);
  }
  if ("hub" in route) {
    const { hub, subscribe, options: settings } = route;
    return hubStream(hub, subscribe && ((request) => subscribe(request.raw)), settings);
  }
  if ("runs" in route) return runStream(route.runs, (request) => route.find(request.raw));
  if ("publish" in route) {
    const { authorize, ...options } = route.options;
    return publishEndpoint(route.publish, {
      ...options,
      authorize: (request, to) => authorize(request.raw, to),
    });
  }
  if ("doctor" in route) return doctorEndpoint(route.doctor);
  const { authorize, ...options } = route.options;
  return subscriptionEndpoint(route.subscription, {
    ...options,
    authorize: (request, change) => authorize(request.raw, change),
  });
}
