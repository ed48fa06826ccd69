import { sentinelName } from "@sse/engines";
import type { RedisLogOptions } from "@sse/redis";
import { Cluster, Redis } from "ioredis";
import { createCluster, createSentinel } from "redis";
import type { RedisClientKind } from "../chaos-engine.js";

const host = "127.0.0.1";

/**
 * Returns the options of a log for its servers.
 *
 * @param port of a server, of a Sentinel, or of a node of a Cluster.
 */
export function redisAddress(
  port: number,
  kind: RedisClientKind | undefined,
): Pick<RedisLogOptions, "client" | "url"> {
  if (kind === undefined) return { url: `redis://${host}:${port}` };
  const { library, servers } = kind;
  if (servers === "Cluster")
    return library === "ioredis"
      ? { client: new Cluster([{ host, port }], { lazyConnect: true }) }
      : { client: createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }] }) };
  return library === "ioredis"
    ? { client: new Redis({ sentinels: [{ host, port }], name: sentinelName, lazyConnect: true }) }
    : { client: createSentinel({ name: sentinelName, sentinelRootNodes: [{ host, port }] }) };
}
