import { createServer } from "node:http";
import { createHub, hubStream } from "@sse/node";
import type { Contender, ContenderOptions } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";

/** Our hub on `node:http`, with its defaults: topics, ids, a log to resume from. */
export async function start({ heartbeat }: ContenderOptions): Promise<Contender> {
  const hub = createHub(heartbeat === undefined ? {} : { heartbeat: { interval: heartbeat } });
  const server = createServer(hubStream(hub, ({ url }) => ({ topics: [topicOf(url)] })));
  return {
    port: await listen(server),
    connections: () => hub.connectionCount(),
    publish: (topic, data) => void hub.publish(topic, { data }),
    position: () => hub.position(),
    close: () => shut(server),
  };
}
