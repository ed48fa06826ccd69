export { askRedis } from "./ask-redis.js";
export { Engine, type EngineOptions } from "./engine.js";
export { CuttableLink } from "./link.js";
export { type NatsOptions, natsServer, natsServers } from "./nats.js";
export { NatsCluster } from "./nats-cluster.js";
export { isInstalled } from "./program.js";
export { type RedisOptions, redisServer } from "./redis.js";
export { RedisCluster } from "./redis-cluster.js";
export { RedisSentinel, sentinelName } from "./redis-sentinel.js";
