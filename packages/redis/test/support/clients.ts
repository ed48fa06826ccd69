import { Redis } from "ioredis";
import { createClient } from "redis";
import type { RedisClient } from "../../src/index.js";

/** Both client libraries, as an application would make their clients; none of them is connected. */
export const drivers: readonly [name: string, client: (port: number) => RedisClient][] = [
  ["ioredis", (port) => new Redis({ port, lazyConnect: true })],
  ["node-redis", (port) => createClient({ url: `redis://127.0.0.1:${port}` })],
];
