import { CuttableLink, Engine, isInstalled, type RedisOptions, redisServer } from "@sse/engines";
import { createHub } from "@sse/hub";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog, type RedisLog, type RedisLogOptions } from "../src/index.js";
import { Client } from "./support/hub-client.js";
import { appended, codeOf, entry, Follower, readAll, until } from "./support/logs.js";

const release: (() => unknown)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

async function startRedis(options?: RedisOptions): Promise<{ redis: Engine; admin: Redis }> {
  const redis = await Engine.start(redisServer(options));
  const admin = new Redis({ port: redis.port });
  release.push(
    () => redis.dispose(),
    () => admin.disconnect(),
  );
  return { redis, admin };
}

function open(port: number, options: Partial<RedisLogOptions> = {}): RedisLog {
  const client = new Redis({ port, lazyConnect: true });
  const log = createRedisLog({ client, key: "hub", commandTimeout: 2_000, ...options });
  release.push(() => log.close());
  return log;
}

const streamOf = (position: string) => `{hub}:${position.split("-")[0]}:log`;

describe.runIf(isInstalled("redis-server"))("missing data", () => {
  test.each(["index", "evicted", "log"])("the key %s is another epoch, and told as a gap", async (name) => {
    const { redis, admin } = await startRedis();
    const log = open(redis.port);
    const follower = await Follower.of(log);
    const first = await appended(log, entry("before"));
    await follower.has("before");
    await admin.del(streamOf(first).replace(/log$/, name));
    await until(() => follower.resets.length === 2);
    await appended(log, entry("after"));
    await follower.has("after");
    const { data, gaps } = await readAll(log, first);
    expect(data).toEqual(["after"]);
    expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
  });

  test.each([
    ["XDEL", (admin: Redis, stream: string) => admin.xdel(stream, "2-0", "3-0")],
    ["XTRIM", (admin: Redis, stream: string) => admin.xtrim(stream, "MAXLEN", 2)],
  ])("entries deleted with %s are evicted entries", async (_command, remove) => {
    const { redis, admin } = await startRedis();
    const log = open(redis.port);
    const start = await log.head();
    const positions: string[] = [];
    for (const data of ["1", "2", "3", "4", "5"]) positions.push(await log.append(entry(data)));
    await remove(admin, streamOf(start));
    const { data, gaps } = await readAll(log, start);
    expect(gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
    expect(data.slice(-2)).toEqual(["4", "5"]);
    expect(await readAll(log, positions[3]!)).toEqual({ data: ["5"], gaps: [] });
    // Publishing continues, also beyond the bound that the missing entries count for.
    for (let i = 0; i < 5; i += 1) await log.append(entry(`later ${i}`));
  });

  test("the newest entries deleted before the follower reads them are told to clients as a gap", async () => {
    const { redis, admin } = await startRedis();
    const link = await CuttableLink.to(redis.port);
    release.push(() => link.close());
    const hub = createHub({ log: open(link.port) });
    release.push(() => hub.close());
    hub.on("error", () => {});
    const client = new Client(hub, ["a"]);
    await client.has("sse:live");
    link.sever();
    const direct = open(redis.port);
    const lost = await direct.append(entry("lost"));
    await direct.append(entry("kept"));
    await admin.xdel(streamOf(lost), "1-0");
    link.mend();
    await client.has("data: kept");
    expect(client.text).toContain('"reason":"evicted"');
  });

  test("under a policy that evicts keys is warned about once", async () => {
    const { redis, admin } = await startRedis();
    await admin.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "100mb");
    const log = open(redis.port);
    const follower = await Follower.of(log);
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await appended(log, entry("a"));
    await follower.has("a");
    const warnings = follower.errors.filter((error) => (error as { code: string }).code === "invalid-option");
    expect(warnings).toMatchObject([{ message: expect.stringContaining("allkeys-lru") }]);
  });
});

describe.runIf(isInstalled("redis-server"))("elements of other programs", () => {
  test.each(["*", "999999999999999-0", "1-1", "2-0"])(
    "with id %s stop neither appends nor followers",
    async (id) => {
      const { redis, admin } = await startRedis();
      const log = open(redis.port);
      const follower = await Follower.of(log);
      const first = await appended(log, entry("1"));
      await follower.has("1");
      await admin.call("XADD", streamOf(first), id, "what", "is this");
      await log.append(entry("2"));
      await follower.has("2");
      await log.append(entry("3"));
      await follower.has("3");
      expect(follower.data).toEqual(["1", "2", "3"]);
      expect(await readAll(log, first)).toEqual({ data: ["2", "3"], gaps: [] });
    },
  );

  test("are removed while nothing is published, and reported once", async () => {
    const { redis, admin } = await startRedis();
    const log = open(redis.port);
    const follower = await Follower.of(log);
    const first = await appended(log, entry("1"));
    await follower.has("1");
    for (let i = 0; i < 3; i += 1) await admin.call("XADD", streamOf(first), "*", "what", "is this");
    while ((await admin.xlen(streamOf(first))) > 1);
    const isForeign = (error: unknown) => String(error).includes("did not write");
    expect(follower.errors.filter(isForeign)).toHaveLength(1);
  });

  test("with an event name of the hub do not reach followers", async () => {
    const { redis } = await startRedis();
    const log = open(redis.port);
    const follower = await Follower.of(log);
    const first = await appended(log, entry("1"));
    await log.append({ ...entry("forged"), event: "sse:gap" });
    await log.append(entry("2"));
    await follower.has("2");
    expect(follower.data).toEqual(["1", "2"]);
    expect((await readAll(log, first)).data).toEqual(["2"]);
  });
});

describe.runIf(isInstalled("redis-server"))("a history that was rewritten", () => {
  test("is recognized by any instance from the tag of a position", async () => {
    const { redis } = await startRedis();
    const log = open(redis.port);
    const positions = [];
    for (const data of ["1", "2", "3"]) positions.push(await log.append(entry(data)));
    const [epoch, offset, tag] = positions[1]!.split("-");
    expect(tag).toMatch(/^[a-z0-9]{6}$/);
    const forged = `${epoch}-${offset}-${tag === "aaaaaa" ? "bbbbbb" : "aaaaaa"}`;
    const read = await readAll(log, forged);
    expect(read.data).toEqual(["1", "2", "3"]);
    expect(read.gaps.map(({ reason }) => reason)).toEqual(["unknown"]);
    expect(await readAll(log, `${epoch}-${offset}`)).toEqual({ data: ["3"], gaps: [] });
    expect(log.compare(`${epoch}-${offset}`, positions[1]!)).toBe(0);
  });

  test.each([
    ["an instance that saw the lost events", true],
    ["an instance that starts afterwards", false],
  ])("from A to B and back to A, with the same run id, is another epoch for %s", async (_who, stays) => {
    const [a, b] = [await startPrimary(), await startPrimary()];
    const link = await CuttableLink.to(a.redis.port);
    release.push(() => link.close());
    const log = open(link.port);
    const follower = await Follower.of(log);
    await appended(log, entry("both"));
    await replicate(b, a);
    await b.admin.call("REPLICAOF", "NO", "ONE");
    const lost = await log.append(entry("lost"));
    await follower.has("lost");
    link.sever();
    if (!stays) await log.close();
    await replicate(a, b);
    await a.admin.call("REPLICAOF", "NO", "ONE");
    link.mend();
    const present = stays ? log : open(link.port);
    await appended(present, entry("after"));
    const { data, gaps } = await readAll(present, lost);
    expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
    expect(data).toEqual(["after"]);
  });

  test("is not assumed because a first replica came, which changes the replication id", async () => {
    const [a, b] = [await startPrimary(), await startPrimary()];
    const log = open(a.redis.port);
    const follower = await Follower.of(log);
    const first = await appended(log, entry("1"));
    await replicate(b, a);
    await log.append(entry("2"));
    await follower.has("2");
    expect(follower.resets).toHaveLength(1);
    expect(await readAll(log, first)).toEqual({ data: ["2"], gaps: [] });
  });
});

describe.runIf(isInstalled("redis-server"))("an epoch that was left", () => {
  test("is never returned to: A, B, and A again are three epochs", async () => {
    const [a, b] = [await startRedis(), await startRedis()];
    const link = await CuttableLink.to(a.redis.port);
    release.push(() => link.close());
    const log = open(link.port);
    const follower = await Follower.of(log);
    const epochs = new Set<string>();
    for (const { redis } of [a, b, a]) {
      link.pointAt(redis.port);
      link.cut();
      const position = await appended(log, entry(`on ${redis.port}`));
      epochs.add(position.split("-")[0]!);
      await until(() => follower.resets.length === epochs.size);
    }
    expect(epochs.size).toBe(3);
  });
});

describe.runIf(isInstalled("redis-server"))("the default of `durable`", () => {
  test.each<[string, RedisOptions, boolean]>([
    ["goes on where Redis syncs every write", { persistence: "appendonly" }, true],
    ["begins a new epoch where Redis keeps a snapshot", { persistence: "snapshot" }, false],
  ])("%s", async (_what, options, goesOn) => {
    const { redis, admin } = await startRedis(options);
    const log = open(redis.port);
    const first = await appended(log, entry("before"));
    if (options.persistence === "snapshot") await admin.save();
    await redis.kill();
    await redis.start();
    const second = await appended(log, entry("after"));
    expect(Number.isNaN(log.compare(first, second))).toBe(!goesOn);
  });
});

describe.runIf(isInstalled("redis-server"))("an append that was certainly not carried out", () => {
  test("because the script was forgotten is repeated", async () => {
    const { redis, admin } = await startRedis();
    const log = open(redis.port);
    await appended(log, entry("before"));
    await admin.script("FLUSH");
    const positions = await Promise.all(["1", "2", "3"].map((data) => log.append(entry(data))));
    expect(new Set(positions).size).toBe(3);
    expect((await readAll(log, { last: 3 })).data).toEqual(["1", "2", "3"]);
  });

  test("because the epoch has ended rejects as not stored, and a hub repeats it", async () => {
    const { redis, admin } = await startRedis();
    const log = open(redis.port, { commandTimeout: 5_000 });
    await appended(log, entry("before"));
    await admin.flushall();
    expect(await codeOf(log.append(entry("rejected")))).toBe("log-unavailable");
    const hub = createHub({ log });
    release.push(() => hub.close());
    hub.on("error", () => {});
    await appended(log, entry("next epoch"));
    await admin.flushall();
    await hub.publish("a", { data: "repeated" });
    expect((await readAll(log, { last: 3 })).data).toEqual(["repeated"]);
  });
});

type Server = Awaited<ReturnType<typeof startRedis>>;

/** Starts a Redis whose replicas are filled without delay. */
function startPrimary(): Promise<Server> {
  return startRedis({ arguments: ["--repl-diskless-sync-delay", "0"] });
}

/** Makes one server a replica of another, and waits until it has the same data. */
async function replicate(replica: Server, primary: Server): Promise<void> {
  await replica.admin.call("REPLICAOF", "127.0.0.1", String(primary.redis.port));
  while (!(await replica.admin.info("replication")).includes("master_link_status:up"));
  await primary.admin.wait(1, 5_000);
}
