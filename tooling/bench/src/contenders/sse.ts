import { createServer } from "node:http";
import { createHub, type HubOptions, hubStream } from "@sse/node";
import type { Contender, ContenderOptions } from "./contender.js";
import { openLog } from "./event-log.js";
import { listen, shut, topicOf, topicsOf } from "./listen.js";
import { startRuns } from "./runs.js";

/** Our hub on `node:http`, with its defaults: topics, ids, a log to resume from. */
export async function start(options: ContenderOptions): Promise<Contender> {
  const hub = createHub(await hubOptions(options));
  if (options.run) return startRuns(hub);
  const { personal = false } = options;
  const server = createServer(
    hubStream(hub, ({ url }) => (personal ? { user: topicOf(url) } : { topics: topicsOf(url) })),
  );
  return {
    port: await listen(server),
    connections: () => hub.connectionCount(undefined, { scope: "instance" }),
    publish: (topic, data) => void (personal ? hub.sendTo(topic, { data }) : hub.publish(topic, { data })),
    append: (topic, data) => hub.publish(topic, { data }),
    position: () => hub.position(),
    close: () => shut(server),
  };
}

async function hubOptions({ heartbeat, log, window }: ContenderOptions): Promise<HubOptions> {
  return {
    ...(heartbeat !== undefined && { heartbeat: { interval: heartbeat } }),
    ...(log !== undefined && { log: await openLog(log) }),
    ...(window !== undefined && { window: { maxEvents: window } }),
  };
}
