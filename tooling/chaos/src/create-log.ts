import type { EventLog } from "@sse/hub";
import { createNatsLog } from "@sse/nats";
import { createRedisLog } from "@sse/redis";
import type { InstanceSettings } from "./instance.js";
import { streamName } from "./names.js";
import { redisAddress } from "./redis/redis-address.js";

// Nothing is evicted in a run, so eviction explains no gap.
const bounds = { maxEvents: 1_000_000, maxEventsPerTopic: 0 };

/** Creates the log of an instance. */
export function createLog(settings: InstanceSettings): EventLog {
  const { engine, enginePorts, durable, volatile, commandTimeout, heartbeat, replicas, redisClient } =
    settings;
  if (engine === "redis")
    return createRedisLog({
      ...redisAddress(enginePorts[0]!, redisClient),
      key: streamName,
      durable,
      commandTimeout,
      ...bounds,
    });
  return createNatsLog({
    servers: enginePorts.map((port) => `127.0.0.1:${port}`),
    stream: streamName,
    durable,
    storage: volatile ? "memory" : "file",
    commandTimeout,
    heartbeat,
    replicas,
    ...bounds,
  });
}
