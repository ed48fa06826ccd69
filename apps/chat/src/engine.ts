import type { EventLog } from "@sse/koa";

/** Which engine the environment names, for people; nothing if none. `REDIS_URL` comes before `NATS_URL`. */
export function engineName(env: NodeJS.ProcessEnv): "Redis" | "NATS" | undefined {
  if (env.REDIS_URL) return "Redis";
  return env.NATS_URL ? "NATS" : undefined;
}

/** The log of the chat on the engine that the environment names, which several instances share. */
export async function engineLog(env: NodeJS.ProcessEnv): Promise<EventLog | undefined> {
  switch (engineName(env)) {
    case "Redis": {
      const { createRedisLog } = await import("@sse/redis");
      return createRedisLog({ url: env.REDIS_URL!, key: "chat" });
    }
    case "NATS": {
      const { createNatsLog } = await import("@sse/nats");
      return createNatsLog({ servers: env.NATS_URL!, stream: "chat" });
    }
    default:
      return undefined;
  }
}
