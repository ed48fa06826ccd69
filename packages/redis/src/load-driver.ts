import type { RedisDriver } from "./driver.js";
import { invalidClient, noClientLibrary } from "./errors.js";
import { type IORedisLike, ioredisDriver } from "./ioredis.js";
import { type NodeRedisLike, nodeRedisDriver } from "./node-redis.js";

/**
 * A client of ioredis or node-redis. The log duplicates it for its own connections and uses it for
 * nothing else.
 */
export type RedisClient = IORedisLike | NodeRedisLike;

/**
 * Returns the driver for a client.
 *
 * @throws {SseError} `invalid-option` for any other value.
 */
export function driverFor(client: RedisClient): RedisDriver {
  const shape: Partial<IORedisLike & NodeRedisLike> = Object(client);
  if (typeof shape.duplicate === "function") {
    // `call` first: ioredis has a `sendCommand` too, but no node-redis client has a `call`.
    if (typeof shape.call === "function") return ioredisDriver(shape as IORedisLike);
    if (typeof shape.sendCommand === "function") return nodeRedisDriver(shape as NodeRedisLike);
  }
  throw invalidClient();
}

/**
 * Returns the driver for an address, with the client library that is installed; ioredis if both
 * are.
 *
 * @throws {SseError} (as a rejection) `invalid-option` if none is.
 */
export async function driverForUrl(url: string): Promise<RedisDriver> {
  const ioredis = await import("ioredis").catch(() => undefined);
  if (ioredis !== undefined) return ioredisDriver(new ioredis.Redis(url, { lazyConnect: true }));
  const nodeRedis = await import("redis").catch(() => undefined);
  if (nodeRedis !== undefined) return nodeRedisDriver(nodeRedis.createClient({ url }));
  throw noClientLibrary();
}
