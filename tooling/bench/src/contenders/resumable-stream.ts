import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { createResumableStreamContext, type Publisher, type Subscriber } from "resumable-stream/generic";
import type { Contender } from "./contender.js";
import { listen, shut } from "./listen.js";

/**
 * `resumable-stream` on Hono's Node server. Each stream begins with its first client; others resume
 * it from its beginning. Its messages go by a map in this process, as those of our hub do: a Redis
 * would add its own cost.
 */
export async function start(): Promise<Contender> {
  const context = createResumableStreamContext({ waitUntil: null, ...inProcess() });
  const producers = new Map<string, ReadableStreamDefaultController<string>>();
  const app = new Hono();
  let connections = 0;
  let events = 0;
  app.get("/:topic", async ({ req }) => {
    const topic = req.param("topic");
    const makeStream = () =>
      new ReadableStream<string>({
        start(controller) {
          producers.set(topic, controller);
          controller.enqueue(": connected\n\n"); // the head is sent with the first bytes
        },
      });
    const stream = await context.resumableStream(topic, makeStream);
    connections += 1;
    req.raw.signal.addEventListener("abort", () => {
      connections -= 1;
    });
    const headers = { "Content-Type": "text/event-stream" };
    return new Response(stream!.pipeThrough(new TextEncoderStream()), { headers });
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return {
    port: await listen(server),
    connections: () => connections,
    publish: (topic, data) => {
      events += 1;
      producers.get(topic)!.enqueue(`id: ${events}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    close: () => shut(server),
  };
}

/** Keys and messages in this process. */
function inProcess(): { publisher: Publisher; subscriber: Subscriber } {
  const values = new Map<string, string>();
  const listeners = new Map<string, (message: string) => void>();
  return {
    publisher: {
      connect: async () => {},
      publish: async (channel, message) => listeners.get(channel)?.(message),
      set: async (key, value) => void values.set(key, value),
      get: async (key) => values.get(key) ?? null,
      incr: async (key) => {
        const value = Number(values.get(key) ?? 0) + 1;
        values.set(key, String(value));
        return value;
      },
    },
    subscriber: {
      connect: async () => {},
      subscribe: async (channel, listener) => void listeners.set(channel, listener),
      unsubscribe: async (channel) => void listeners.delete(channel),
    },
  };
}
