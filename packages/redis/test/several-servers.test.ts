import { isInstalled, RedisCluster, RedisSentinel, sentinelName } from "@sse/engines";
import { createHub } from "@sse/hub";
import { Cluster, Redis } from "ioredis";
import { createCluster, createSentinel } from "redis";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog, type RedisClient } from "../src/index.js";
import { appended, entry, Follower, readAll, until } from "./support/logs.js";

const host = "127.0.0.1";

const release: (() => unknown)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

describe.runIf(isInstalled("redis-server"))("a Redis Cluster of three nodes", () => {
  const clients: readonly [name: string, client: (port: number) => RedisClient][] = [
    ["ioredis", (port) => new Cluster([{ host, port }], { lazyConnect: true })],
    ["node-redis", (port) => createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }] })],
  ];

  test.each(clients)(
    "moves the log's slot from node to node, and nothing is lost, refused or told as a gap with %s",
    async (_, clientOf) => {
      const cluster = await RedisCluster.start();
      release.push(() => cluster.dispose());
      const log = createRedisLog({ client: clientOf(cluster.nodes[0]!.port), key: "moving" });
      release.push(() => log.close());
      const hub = createHub({ log });
      release.push(() => hub.close());
      const follower = await Follower.of(log);
      const start = await log.head();
      const sent: string[] = [];
      const send = async () => {
        sent.push(String(sent.length));
        await hub.publish("a", { data: sent.at(-1) });
      };
      await send();
      for (const to of [1, 2, 0, 1]) {
        let isMoved = false;
        const moving = cluster.move("{moving}", to).finally(() => {
          isMoved = true;
        });
        while (!isMoved) await send();
        await moving;
        await send();
      }
      await follower.has(sent.at(-1)!);
      expect(follower.data).toEqual(sent);
      expect(follower.resets).toHaveLength(1);
      expect(await readAll(log, start)).toEqual({ data: sent, gaps: [] });
    },
  );
});

describe.runIf(isInstalled("redis-server"))("a Redis with replicas under a Sentinel", () => {
  const clients: readonly [name: string, client: (...ports: number[]) => RedisClient][] = [
    [
      "ioredis",
      (...ports) => new Redis({ sentinels: addressesOf(ports), name: sentinelName, lazyConnect: true }),
    ],
    [
      "node-redis",
      (...ports) => createSentinel({ name: sentinelName, sentinelRootNodes: addressesOf(ports) }),
    ],
  ];
  const addressesOf = (ports: readonly number[]) => ports.map((port) => ({ host, port }));

  test.each(clients)("is found by the Sentinel that can be reached with %s", async (_, clientOf) => {
    const servers = await RedisSentinel.start();
    release.push(() => servers.dispose());
    const log = createRedisLog({ client: clientOf(1, servers.sentinel.port), key: "reached" });
    release.push(() => log.close());
    const follower = await Follower.of(log);
    await log.append(entry("stored"));
    await follower.has("stored");
  });

  test.each(clients)(
    "that fails over is another life of the log for every instance, and goes on with %s",
    async (_, clientOf) => {
      const servers = await RedisSentinel.start();
      release.push(() => servers.dispose());
      const open = () => {
        const client = clientOf(servers.sentinel.port);
        const log = createRedisLog({ client, key: "failover" });
        release.push(() => log.close());
        return log;
      };
      const [log, silent] = [open(), open()];
      const follower = await Follower.of(silent);
      const old = await appended(log, entry("before"));
      await follower.has("before");
      const failed = await servers.primary();
      await failed.kill();
      const later = await appended(log, entry("after"));
      expect(log.compare(old, later)).toBeNaN();
      await until(() => follower.resets.length > 1);
      const { gaps } = await readAll(silent, old);
      expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
      expect(await servers.primary()).not.toBe(failed);
    },
  );
});
