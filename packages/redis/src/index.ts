export type { IORedisLike } from "./ioredis.js";
export type { RedisClient } from "./load-driver.js";
export type { NodeRedisLike } from "./node-redis.js";
export type { RedisLogClock, RedisLogOptions, TopicRetention } from "./options.js";
export { createRedisLog, type RedisLog } from "./redis-log.js";
