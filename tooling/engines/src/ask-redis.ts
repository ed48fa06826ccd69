import { Redis } from "ioredis";
import type { Engine } from "./engine.js";

/** Asks a Redis, on a connection of its own. */
export async function askRedis<T>({ port }: Engine, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ port, host: "127.0.0.1" });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
