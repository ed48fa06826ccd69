import { Engine, isInstalled, redisServer } from "@sse/engines";
import type { Channel } from "@sse/hub/log";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisLog, type RedisClient } from "../src/index.js";
import { appended, entry, Follower, readAll, until } from "./support/logs.js";

const clusters: readonly [name: string, client: (port: number) => RedisClient][] = [
  ["ioredis", (port) => new Cluster([{ host: "127.0.0.1", port }], { lazyConnect: true })],
  ["node-redis", (port) => createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] })],
];

describe.runIf(isInstalled("redis-server"))("a Redis Cluster", () => {
  let redis: Engine;

  beforeAll(async () => {
    redis = await Engine.start(
      redisServer({ arguments: ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"] }),
    );
    const admin = new Redis({ port: redis.port });
    await admin.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    while (!(await admin.cluster("INFO")).includes("cluster_state:ok"));
    admin.disconnect();
  });
  afterAll(() => redis.dispose());

  test.each(clusters)("holds a log and carries a bus with %s", async (name, clientOf) => {
    const log = createRedisLog({ client: clientOf(redis.port), key: name });
    const follower = await Follower.of(log);
    const start = await log.head();
    for (const data of ["0", "1", "2"]) await log.append(entry(data));
    await follower.has("2");
    expect(await readAll(log, start)).toEqual({ data: ["0", "1", "2"], gaps: [] });

    const messages: string[] = [];
    let listening = false;
    log.bus.listen({
      reset: () => {
        listening = true;
      },
      message: (message) => messages.push(message),
      error: () => {},
    });
    await until(() => listening);
    await log.bus.send("hello");
    await until(() => messages.length > 0);
    expect(messages).toEqual(["hello"]);
    await log.close();
  });

  test.each(clusters)("keeps runs with %s", async (name, clientOf) => {
    const log = createRedisLog({ client: clientOf(redis.port), key: `runs ${name}` });
    const { runs } = log;
    const [first] = await runs.append("run:a", [{ data: "0" }], { after: "", ttl: 60_000 });
    await runs.append("run:a", [{ data: "1" }, { data: "2" }], { after: first!, ttl: 60_000 });
    await runs.append("run:b", [{ data: "other" }], { after: "", ttl: 1 });
    const options = { channels: new Set<Channel>(["run:a"]), through: await runs.head(), limit: 10 };
    const { entries } = await runs.read("", options);
    expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
    await log.close();
  });

  test.each(clusters)(
    "that is killed and started again is another life of the log with %s",
    async (name, clientOf) => {
      const log = createRedisLog({ client: clientOf(redis.port), key: name, commandTimeout: 1_000 });
      const follower = await Follower.of(log);
      const old = await log.append(entry("before"));
      await redis.kill();
      await redis.start();
      await until(() => follower.resets.length === 2);
      expect(log.compare(old, await appended(log, entry("after")))).toBeNaN();
      await log.close();
    },
  );
});
