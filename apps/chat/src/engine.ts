import type { EventLog } from "@sse/koa";

/**
 * Returns the name of the engine in the environment; `undefined` if there is none. `REDIS_URL` has
 * precedence over `NATS_URL`.
 */
export function engineName(env: NodeJS.ProcessEnv): "Redis" | "NATS" | undefined {
  if (env.REDIS_URL) return "Redis";
  return env.NATS_URL ? "NATS" : undefined;
}

/** Creates the log of the chat on the engine in the environment, which several instances share. */
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
