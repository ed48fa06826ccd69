import { CuttableLink, Engine, isInstalled, redisServer } from "@sse/engines";
import { createHub, type Hub } from "@sse/hub";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog } from "../src/index.js";
import { drivers } from "./support/clients.js";
import { Client } from "./support/hub-client.js";
import { until } from "./support/logs.js";

const release: (() => unknown)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

async function startRedis(): Promise<{ redis: Engine; admin: Redis }> {
  const redis = await Engine.start(redisServer());
  const admin = new Redis({ port: redis.port });
  release.push(
    () => redis.dispose(),
    () => admin.disconnect(),
  );
  return { redis, admin };
}

describe.runIf(isInstalled("redis-server")).each(drivers)(
  "a hub that does not publish, with %s",
  (_name, clientOf) => {
    function openHub({ port }: { port: number }): Hub {
      const log = createRedisLog({ client: clientOf(port), key: "hub", commandTimeout: 400 });
      const hub = createHub({ log });
      hub.on("error", () => {});
      release.push(
        () => log.close(),
        () => hub.close(),
      );
      return hub;
    }

    /** A client of the silent hub that has received one event of the publishing hub. */
    async function connected(silent: Hub, publishing: Hub): Promise<Client> {
      const client = new Client(silent, ["a"]);
      await client.has("event: sse:live");
      await publish(publishing, "before");
      await client.has("data: before");
      return client;
    }

    test.each([
      ["FLUSHDB", (admin: Redis) => admin.flushdb()],
      ["DEL of every key", async (admin: Redis) => admin.del(...(await admin.keys("*")))],
      ["DEL of the stream and the state", async (admin: Redis) => deleteKeys(admin, /:(?:log|meta)$/)],
      ["DEL of the state", async (admin: Redis) => deleteKeys(admin, /:meta$/)],
    ])("delivers again after %s, and tells its clients of a gap", async (_command, loseData) => {
      const { redis, admin } = await startRedis();
      const [publishing, silent] = [openHub(redis), openHub(redis)];
      const client = await connected(silent, publishing);
      await loseData(admin);
      await publish(publishing, "after");
      await client.has("data: after");
      expect(client.text).toContain('"reason":"epoch"');
    });

    test("delivers again after another server took over the address and the connections were cut", async () => {
      const [{ redis: first }, { redis: second }] = [await startRedis(), await startRedis()];
      const link = await CuttableLink.to(first.port);
      release.push(() => link.close());
      const [publishing, silent] = [openHub(link), openHub(link)];
      const client = await connected(silent, publishing);
      link.pointAt(second.port);
      link.cut();
      await publish(publishing, "after");
      await client.has("data: after");
      expect(client.text).toContain('"reason":"epoch"');
    });

    test("delivers again after another server took over the address, although its own connections lead to the old one", async () => {
      const [{ redis: first }, { redis: second }] = [await startRedis(), await startRedis()];
      const [kept, link] = [await CuttableLink.to(first.port), await CuttableLink.to(first.port)];
      release.push(
        () => kept.close(),
        () => link.close(),
      );
      const [publishing, silent] = [openHub(link), openHub(kept)];
      const client = await connected(silent, publishing);
      kept.pointAt(second.port);
      link.pointAt(second.port);
      link.cut();
      await publish(publishing, "after");
      // Published before the silent hub has noticed, and read once it has.
      await client.has("data: after");
      expect(client.text).toContain('"reason":"epoch"');
    });

    test("hears of the others on the bus again as well", async () => {
      const [{ redis: first }, { redis: second }] = [await startRedis(), await startRedis()];
      const [kept, link] = [await CuttableLink.to(first.port), await CuttableLink.to(first.port)];
      release.push(
        () => kept.close(),
        () => link.close(),
      );
      const [publishing, silent] = [openHub(link), openHub(kept)];
      await connected(silent, publishing);
      kept.pointAt(second.port);
      link.pointAt(second.port);
      link.cut();
      const joined = new Client(publishing, ["a"], "ann");
      await until(() => silent.isOnline("ann"));
      expect(joined.text).toContain("sse:live");
    });
  },
);

async function deleteKeys(admin: Redis, which: RegExp): Promise<void> {
  const keys = await admin.keys("*");
  await admin.del(...keys.filter((key) => which.test(key)));
}

/** Publishes until that works: the log may be about to come back. */
async function publish(hub: Hub, data: string): Promise<void> {
  while ((await hub.publish("a", { data }).catch(() => undefined)) === undefined);
}
