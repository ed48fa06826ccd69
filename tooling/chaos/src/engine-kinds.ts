import type { EngineKind } from "./chaos-engine.js";
import { natsClusterKind } from "./nats/nats-cluster-engine.js";
import { natsKind } from "./nats/nats-engine.js";
import { redisClusterKind } from "./redis/redis-cluster-engine.js";
import { redisKind } from "./redis/redis-engine.js";
import { redisSentinelKind } from "./redis/redis-sentinel-engine.js";

/** The kinds of engines, by name. */
export const engineKinds: Readonly<Record<string, EngineKind>> = {
  redis: redisKind,
  "redis-sentinel": redisSentinelKind,
  "redis-cluster": redisClusterKind,
  nats: natsKind(),
  "nats-2.10": natsKind({ version: "2.10" }),
  "nats-cluster": natsClusterKind,
};
