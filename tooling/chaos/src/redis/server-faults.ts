import type { RedisClientKind, ServerFault } from "../chaos-engine.js";
import { instanceFaults } from "../faults/instance-faults.js";
import type { Fault } from "../plan.js";
import { type Random, times } from "../random.js";

/** The modes of a Redis under a Sentinel, by the client library. */
export const sentinelModes: readonly string[] = ["sentinel-ioredis", "sentinel-node-redis"];

/** The modes of a Redis Cluster, by the client library. */
export const clusterModes: readonly string[] = ["cluster-ioredis", "cluster-node-redis"];

/** Milliseconds that a failover needs. */
const failoverTime = 4_000;

/** Returns the client library of a mode. */
export function libraryOf(mode: string): RedisClientKind["library"] {
  return mode.endsWith("node-redis") ? "node-redis" : "ioredis";
}

/** Returns the faults of a mode with several servers, and its duration; else `undefined`. */
export function redisServerFaults(
  mode: string,
  random: Random,
  instances: number,
): { readonly faults: Fault[]; readonly duration: number } | undefined {
  const ofServers = sentinelModes.includes(mode)
    ? failovers(random)
    : clusterModes.includes(mode)
      ? moves(random)
      : undefined;
  if (ofServers === undefined) return undefined;
  const duration = Math.max(...ofServers.map(({ at }) => at)) + failoverTime;
  const all = times(instances, (index) => index);
  const ofInstances = instanceFaults(random, duration, all, () => random.once(0.4), 0.3);
  return { faults: [...ofServers, ...ofInstances], duration };
}

function failovers(random: Random): Fault[] {
  return [800, 800 + failoverTime + random.between(2_000, 4_000)].map((at) => ({
    at,
    kind: "hurt-server",
    fault: random.pick<ServerFault["fault"]>(["kill", "stall", "step down"]),
    server: "leader",
    downFor: random.between(200, failoverTime),
  }));
}

/** Moves the log's slot from node to node. */
function moves(random: Random): Fault[] {
  return times(random.between(2, 4), (index) => ({
    at: 800 + index * random.between(800, 1_600),
    kind: "hurt-server",
    fault: "get the slot",
    server: random.between(0, 2),
    downFor: 0,
  }));
}
