export type { RedisLogClock } from "./clock.js";
export type { IORedisLike } from "./ioredis.js";
export type { RedisClient } from "./load-driver.js";
export type { NodeRedisLike } from "./node-redis.js";
export type { RedisLogOptions, TopicRetention } from "./options.js";
export { createRedisLog, type RedisLog } from "./redis-log.js";
