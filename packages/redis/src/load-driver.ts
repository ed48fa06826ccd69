import { SseError } from "@sse/core";
import type { RedisDriver } from "./driver.js";
import { type IORedisLike, ioredisDriver } from "./ioredis.js";
import { type NodeRedisLike, nodeRedisDriver } from "./node-redis.js";

/** A client of ioredis or node-redis. The log only duplicates it: it makes connections of its own and leaves this one alone. */
export type RedisClient = IORedisLike | NodeRedisLike;

/**
 * The driver for a client.
 *
 * @throws {SseError} `invalid-option` for what is no client.
 */
export function driverFor(client: RedisClient): RedisDriver {
  const shape: Partial<IORedisLike & NodeRedisLike> = Object(client);
  if (typeof shape.duplicate === "function") {
    // node-redis first: ioredis has a `sendCommand` too, but no node-redis client has a `call`.
    if (typeof shape.call === "function") return ioredisDriver(shape as IORedisLike);
    if (typeof shape.sendCommand === "function") return nodeRedisDriver(shape as NodeRedisLike);
  }
  throw new SseError(
    "invalid-option",
    "createRedisLog: client must be a client of ioredis or of node-redis, such as `new Redis()` or `createClient()`",
    { field: "client" },
  );
}

/**
 * The driver for an address, with whichever client library is installed; ioredis if both are.
 *
 * @throws {SseError} (as a rejection) `invalid-option` if none is.
 */
export async function driverForUrl(url: string): Promise<RedisDriver> {
  const ioredis = await import("ioredis").catch(() => undefined);
  if (ioredis !== undefined) return ioredisDriver(new ioredis.Redis(url, { lazyConnect: true }));
  const nodeRedis = await import("redis").catch(() => undefined);
  if (nodeRedis !== undefined) return nodeRedisDriver(nodeRedis.createClient({ url }));
  throw new SseError(
    "invalid-option",
    "createRedisLog: url needs a client library; install one, `npm install ioredis` or `npm install redis`",
    { field: "url" },
  );
}
