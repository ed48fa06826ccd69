import { createServer } from "node:http";
import { type Channel, createChannel, createSession, type Session } from "better-sse";
import type { Contender, ContenderOptions } from "./contender.js";
import { listen, shut, topicOf } from "./listen.js";

/** better-sse: a channel for each topic, or `session.push` for each user. */
export async function start(options: ContenderOptions): Promise<Contender> {
  return options.personal ? startSessions(options) : startChannels(options);
}

async function startSessions({ heartbeat }: ContenderOptions): Promise<Contender> {
  const sessions = new Map<string, Session>();
  let events = 0;
  const server = createServer(async (request, response) => {
    const session = await createSession(request, response, settings(heartbeat));
    const user = topicOf(request.url);
    sessions.set(user, session);
    session.once("disconnected", () => sessions.delete(user));
  });
  return {
    port: await listen(server),
    connections: () => sessions.size,
    publish: (user, data) => {
      events += 1;
      sessions.get(user)!.push(data, "message", String(events));
    },
    close: () => shut(server),
  };
}

async function startChannels({ heartbeat }: ContenderOptions): Promise<Contender> {
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
    const session = await createSession(request, response, settings(heartbeat));
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

function settings(heartbeat: number | undefined): { keepAlive?: number } {
  return heartbeat === undefined ? {} : { keepAlive: heartbeat };
}
