import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Contender } from "./contender.js";
import { listen, shut } from "./listen.js";
import { Topics } from "./topics.js";

/**
 * `streamSSE` of Hono on its Node server. It has no topics, no broadcast and no heartbeats: the
 * application keeps a set of streams.
 */
export async function start(): Promise<Contender> {
  const app = new Hono();
  const topics = new Topics<SSEStreamingApi>();
  let events = 0;
  app.get("/:topic", (context) =>
    streamSSE(context, async (stream) => {
      // Hono sends the head with the first bytes.
      await stream.write(": connected\n\n");
      const leave = topics.add(context.req.param("topic"), stream);
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      leave();
    }),
  );
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return {
    port: await listen(server),
    connections: () => topics.size,
    publish: (topic, data) => {
      events += 1;
      const event = { id: String(events), data: JSON.stringify(data) };
      for (const stream of topics.of(topic)) void stream.writeSSE(event);
    },
    close: () => shut(server),
  };
}
