import { createServer } from "node:http";
import { type EventStream, eventStream } from "@sse/node";
import type { Contender, ContenderOptions } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";
import { Topics } from "./topics.js";

/** Our streams on `node:http` without a hub: the application keeps a set of streams. */
export async function start({ heartbeat }: ContenderOptions): Promise<Contender> {
  const topics = new Topics<EventStream>();
  let events = 0;
  const server = createServer(
    eventStream(
      (stream, { url }) => {
        stream.signal.addEventListener("abort", topics.add(topicOf(url), stream));
      },
      heartbeat === undefined ? {} : { heartbeat },
    ),
  );
  return {
    port: await listen(server),
    connections: () => topics.size,
    publish: (topic, data) => {
      events += 1;
      const event = { id: String(events), data };
      for (const stream of topics.of(topic)) void stream.send(event);
    },
    close: () => shut(server),
  };
}
