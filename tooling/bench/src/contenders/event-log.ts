import { createMemoryLog, type EventLog } from "@sse/node";

/** Location of a hub's events: in this process, or on an engine that listens on 127.0.0.1. */
export type LogSettings = { engine: "none" } | { engine: "redis" | "nats"; port: number };

/** The same for all logs, and so few that measurements evict as they append. */
const bounds = { maxEvents: 5_000, maxEventsPerTopic: 0 };

/**
 * Engines' clients are loaded only where they are used: their memory is not to be counted
 * elsewhere.
 */
export async function openLog(settings: LogSettings): Promise<EventLog> {
  switch (settings.engine) {
    case "none":
      return createMemoryLog(bounds);
    case "redis":
      return redisLog(settings.port);
    case "nats":
      return natsLog(settings.port);
  }
}

async function redisLog(port: number): Promise<EventLog> {
  const { createRedisLog } = await import("@sse/redis");
  const { Redis } = await import("ioredis");
  return createRedisLog({ client: new Redis({ port, lazyConnect: true }), key: "bench", ...bounds });
}

async function natsLog(port: number): Promise<EventLog> {
  const { createNatsLog } = await import("@sse/nats");
  return createNatsLog({ servers: `127.0.0.1:${port}`, stream: "bench", ...bounds });
}
