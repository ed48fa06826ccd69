export { Engine, type EngineOptions } from "./engine.js";
export { CuttableLink } from "./link.js";
export { type NatsOptions, natsServer, natsServers } from "./nats.js";
export { NatsCluster } from "./nats-cluster.js";
export { isInstalled } from "./program.js";
export { type RedisOptions, redisServer } from "./redis.js";
