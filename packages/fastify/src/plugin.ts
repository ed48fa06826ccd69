import type { EventStream } from "@sse/core";
import type { EventStreamHandlerOptions } from "@sse/hub/adapter";
import { openEventStream } from "@sse/node/adapter";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { describeRoute } from "./described-routes.js";
import { exchangeOf } from "./exchange.js";
import { closeSessionsWith } from "./http2-sessions.js";
import { closeStreams, keepStreams } from "./open-streams.js";

/** Options of `reply.eventStream`. */
export type ReplyStreamOptions = Omit<EventStreamHandlerOptions, "methods">;

declare module "fastify" {
  interface FastifyReply {
    /**
     * Starts an event stream as this reply, at once: the head is sent, and Fastify no longer
     * responds. The caller closes the stream. Needs the plugin of `@sse/fastify`. The route handler
     * `eventStream` is usually simpler: it can still refuse, and closes by itself.
     *
     * @throws {SseError} `refused` with status 406 when the client accepts no event stream,
     * `invalid-option`.
     */
    eventStream(options?: ReplyStreamOptions): EventStream;
  }
}

async function plugin(app: FastifyInstance): Promise<void> {
  app.decorateReply("eventStream", function (this: FastifyReply, options: ReplyStreamOptions = {}) {
    return openEventStream(exchangeOf(this.request, this), options);
  });
  app.addHook("onRoute", describeRoute);
  keepStreams(app.server);
  app.addHook("preClose", async () => closeStreams(app.server));
  closeSessionsWith(app);
}

/**
 * Adds `reply.eventStream()`, describes the event streams of routes in their schemas for OpenAPI,
 * and makes `app.close()` end the open event streams of all routes,
 * which would keep it waiting otherwise. Before it, call `app.server.close()`, which stops
 * accepting connections, and `await hub.close({ drain: 5000 })`, so that clients leave one after
 * the other and reach another instance.
 */
export const sse: FastifyPluginAsync = fastifyPlugin(plugin, { fastify: "5.x", name: "@sse/fastify" });
