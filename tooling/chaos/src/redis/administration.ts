import { setTimeout as delay } from "node:timers/promises";
import { askRedis, type Engine } from "@sse/engines";
import type { Redis } from "ioredis";
import type { HeldEntry } from "../evidence.js";
import { nonceIn } from "../position.js";

/** Returns the entries of an epoch that a server holds, in order. */
export function heldEntries(server: Engine, epoch: string): Promise<HeldEntry[]> {
  return askRedis(server, async (redis) => {
    const keys = (await redis.keys("*")).filter((key) => key.includes(epoch));
    const types = await Promise.all(keys.map((key) => redis.type(key)));
    const stream = keys.find((_, index) => types[index] === "stream");
    const entries = stream === undefined ? [] : await redis.xrange(stream, "-", "+");
    return entries.map(heldEntry);
  });
}

/** Decodes an element of the log's stream. */
export function heldEntry([id, fields]: readonly [id: string, fields: readonly string[]]): HeldEntry {
  return { offset: BigInt(id.split("-")[0]!), nonce: nonceIn(fields.join(" ")) };
}

/** Lets a server run out of memory for a moment, under a policy that deletes any key. */
export async function evictKeys(redis: Redis): Promise<void> {
  await redis.config("SET", "maxmemory-policy", "allkeys-random");
  // Less than an empty server needs: keys are evicted between the commands of the instances.
  await redis.config("SET", "maxmemory", "500kb");
  await delay(100);
  await redis.config("SET", "maxmemory", "0");
  await redis.config("SET", "maxmemory-policy", "noeviction");
}
