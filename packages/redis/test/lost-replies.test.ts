import {
  askRedis,
  CuttableLink,
  Engine,
  isInstalled,
  RedisCluster,
  RedisSentinel,
  redisServer,
  sentinelName,
} from "@sse/engines";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog, type RedisClient, type RedisLog } from "../src/index.js";
import { appended, codeOf, entry, Follower, readAll } from "./support/logs.js";

const host = "127.0.0.1";
const key = "replies";

const release: (() => unknown)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

/** A server, and a client whose connections to it lead through a proxy. */
interface Setup {
  readonly server: Engine;
  readonly link: CuttableLink;
  readonly client: RedisClient;
}

type ClientMaker = (port: number, natMap: Record<string, { host: string; port: number }>) => RedisClient;

async function linkTo(server: Engine): Promise<CuttableLink> {
  const link = await CuttableLink.to(server.port);
  release.push(() => link.close());
  return link;
}

function through(server: Engine, link: CuttableLink) {
  return { [`${host}:${server.port}`]: { host, port: link.port } };
}

function single(client: (port: number) => RedisClient) {
  return async (): Promise<Setup> => {
    const server = await Engine.start(redisServer());
    release.push(() => server.dispose());
    const link = await linkTo(server);
    return { server, link, client: client(link.port) };
  };
}

function sentinel(client: ClientMaker) {
  return async (): Promise<Setup> => {
    const servers = await RedisSentinel.start();
    release.push(() => servers.dispose());
    const server = await servers.primary();
    const link = await linkTo(server);
    return { server, link, client: client(servers.sentinel.port, through(server, link)) };
  };
}

function cluster(client: ClientMaker) {
  return async (): Promise<Setup> => {
    const servers = await RedisCluster.start();
    release.push(() => servers.dispose());
    const server = await servers.nodeOf(`{${key}}`);
    const link = await linkTo(server);
    return { server, link, client: client(servers.nodes[0]!.port, through(server, link)) };
  };
}

const setups: readonly [name: string, setUp: () => Promise<Setup>][] = [
  ["ioredis", single((port) => new Redis({ port, lazyConnect: true }))],
  ["node-redis", single((port) => createClient({ url: `redis://${host}:${port}` }))],
  [
    "ioredis with Sentinel",
    sentinel(
      (port, natMap) =>
        new Redis({ sentinels: [{ host, port }], name: sentinelName, natMap, lazyConnect: true }),
    ),
  ],
  [
    "node-redis with Sentinel",
    sentinel((port, nodeAddressMap) =>
      createSentinel({ name: sentinelName, sentinelRootNodes: [{ host, port }], nodeAddressMap }),
    ),
  ],
  [
    "ioredis with Cluster",
    cluster((port, natMap) => new Cluster([{ host, port }], { natMap, lazyConnect: true })),
  ],
  [
    "node-redis with Cluster",
    cluster((port, nodeAddressMap) =>
      createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }], nodeAddressMap }),
    ),
  ],
];

describe.runIf(isInstalled("redis-server")).each(setups)(
  "an append with %s that is stored and not answered",
  (_name, setUp) => {
    async function started(): Promise<Setup & { log: RedisLog; follower: Follower }> {
      const setup = await setUp();
      const log = createRedisLog({ client: setup.client, key });
      release.push(() => log.close());
      const follower = await Follower.of(log);
      await appended(log, entry("before"));
      await follower.has("before");
      return { ...setup, log, follower };
    }

    /** Checks that the log goes on, and that everyone receives each entry once. */
    async function isWhole(log: RedisLog, follower: Follower): Promise<void> {
      await appended(log, entry("after"));
      await follower.has("after");
      expect(follower.data).toEqual(["before", "in doubt", "after"]);
      expect(follower.resets).toHaveLength(1);
      expect(await readAll(log, follower.resets[0]!)).toEqual({ data: follower.data, gaps: [] });
    }

    test("rejects as perhaps stored while the connection stays open, and is stored once", async () => {
      const { log, follower, link } = await started();
      link.swallow();
      expect(await codeOf(log.append(entry("in doubt")))).toBe("append-timeout");
      await isWhole(log, follower);
    });

    test("rejects as perhaps stored when the connection breaks, and is stored once", async () => {
      const { log, follower, link, server } = await started();
      link.swallow();
      const code = codeOf(log.append(entry("in doubt")));
      await untilStored(server, "in doubt");
      link.cut();
      expect(await code).toBe("append-timeout");
      await isWhole(log, follower);
    });
  },
);

/** Asks a server on a connection of its own until the newest entry has these data. */
async function untilStored(server: Engine, data: string): Promise<void> {
  await askRedis(server, async (redis) => {
    const [stream] = await redis.keys("*:log");
    let newest: string[] = [];
    while (!newest.includes(data)) newest = (await redis.xrevrange(stream!, "+", "-", "COUNT", 1))[0]![1];
  });
}
