import fastifySse, { type SSEPluginOptions } from "@fastify/sse";
import Fastify, { type FastifyPluginAsync, type FastifyReply } from "fastify";
import type { Contender, ContenderOptions } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";
import { Topics } from "./topics.js";

/** A namespace by its types, and a function when an ES module imports it. */
const plugin = fastifySse as unknown as FastifyPluginAsync<SSEPluginOptions>;

/**
 * The official plugin of Fastify. It has no topics and no broadcast: the application keeps a set of
 * replies.
 */
export async function start({ heartbeat }: ContenderOptions): Promise<Contender> {
  const app = Fastify({ forceCloseConnections: true });
  const topics = new Topics<FastifyReply["sse"]>();
  let events = 0;
  await app.register(plugin, {
    ...(heartbeat !== undefined && { heartbeatInterval: heartbeat }),
  });
  app.get("/:topic", { sse: "only" }, async (request, reply) => {
    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    reply.raw.flushHeaders();
    reply.sse.onClose(topics.add(topicOf(request.url), reply.sse));
  });
  await app.ready();
  return {
    port: await listen(app.server),
    connections: () => topics.size,
    publish: (topic, data) => {
      events += 1;
      const event = { id: String(events), data };
      for (const stream of topics.of(topic)) stream.send(event).catch(ignoreClosed);
    },
    close: () => shut(app.server),
  };
}

/** A client that left between two events is no failure here. */
function ignoreClosed(): void {}
