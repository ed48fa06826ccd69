import { createServer } from "node:http";
import type { Socket } from "node:net";
import { encode, sendHead } from "./bare.js";
import type { Contender } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";
import { Topics } from "./topics.js";

/**
 * The floor in Node: what a topic gets in one tick is one buffer with its HTTP chunk framing, and
 * each socket gets it past its response. No order across topics, no slow clients, no ids to resume
 * from.
 */
export async function start(): Promise<Contender> {
  const topics = new Topics<Socket>();
  const pending = new Map<string, string>();
  let events = 0;
  const server = createServer((request, response) => {
    sendHead(response);
    response.once("close", topics.add(topicOf(request.url), request.socket));
  });
  const flush = (): void => {
    for (const [topic, text] of pending) {
      const frame = Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
      for (const socket of topics.of(topic)) socket.write(frame);
    }
    pending.clear();
  };
  return {
    port: await listen(server),
    connections: () => topics.size,
    publish: (topic, data) => {
      events += 1;
      if (pending.size === 0) setImmediate(flush);
      pending.set(topic, (pending.get(topic) ?? "") + encode(events, data));
    },
    close: () => shut(server),
  };
}
