import { createServer } from "node:http";
import { type Channel, createChannel, createSession } from "better-sse";
import type { Contender, ContenderOptions } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";

/** better-sse: a channel for each topic. */
export async function start({ heartbeat }: ContenderOptions): Promise<Contender> {
  const channels = new Map<string, Channel>();
  let events = 0;
  const channel = (topic: string): Channel => {
    let found = channels.get(topic);
    if (found === undefined) {
      found = createChannel();
      channels.set(topic, found);
    }
    return found;
  };
  const server = createServer(async (request, response) => {
    const session = await createSession(request, response, {
      ...(heartbeat !== undefined && { keepAlive: heartbeat }),
    });
    channel(topicOf(request.url)).register(session);
  });
  return {
    port: await listen(server),
    connections: () => [...channels.values()].reduce((sum, { sessionCount }) => sum + sessionCount, 0),
    publish: (topic, data) => {
      events += 1;
      channel(topic).broadcast(data, "message", { eventId: String(events) });
    },
    close: () => shut(server),
  };
}
