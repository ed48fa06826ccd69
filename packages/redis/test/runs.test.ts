import { CuttableLink, Engine, isInstalled, redisServer } from "@sse/engines";
import { type NewRunEntry, type Position, type RunLog, runChannel } from "@sse/hub/log";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRedisLog, type RedisLog } from "../src/index.js";
import { drivers } from "./support/clients.js";
import { until } from "./support/logs.js";

const long = 86_400_000;
const conflict = { code: "append-conflict" };

/** A follower of runs. */
class RunFollower {
  readonly data: string[] = [];
  resets = 0;
  head: Position = "";

  static async of(runs: RunLog): Promise<RunFollower> {
    const follower = new RunFollower();
    runs.follow({
      reset: (head) => {
        follower.resets += 1;
        follower.head = head;
      },
      entries: (entries) => {
        follower.data.push(...entries.map(({ data }) => data));
        follower.head = entries.at(-1)!.position;
      },
      passed() {},
      error() {},
    });
    await until(() => follower.resets > 0);
    return follower;
  }
}

async function append(runs: RunLog, run: string, data: string | readonly string[], ttl: number, after = "") {
  const entries: NewRunEntry[] = [data].flat().map((text) => ({ data: text }));
  return (await runs.append(runChannel(run), entries, { after, ttl })).at(-1)!;
}

async function readRun(runs: RunLog, run: string, start: Position, known?: string) {
  const through = await runs.head();
  const options = { channels: new Set([runChannel(run)]), through, limit: 1_000, knownEvictions: known };
  const { entries, gap, evictions } = await runs.read(start, options);
  return { data: entries.map(({ data }) => data), gap: gap?.reason, evictions };
}

describe.runIf(isInstalled("redis-server"))("runs on Redis", () => {
  let redis: Engine;
  let admin: Redis;
  let hubs = 0;
  const logs: RedisLog[] = [];

  beforeAll(async () => {
    redis = await Engine.start(redisServer());
    admin = new Redis({ port: redis.port });
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });
  afterAll(async () => {
    admin.disconnect();
    await redis.dispose();
  });

  function freshKey(): string {
    hubs += 1;
    return `runs ${hubs}`;
  }

  function open(key: string, clientOf = drivers[0]![1]): RedisLog {
    const log = createRedisLog({ client: clientOf(redis.port), key, durable: true, commandTimeout: 2_000 });
    logs.push(log);
    return log;
  }

  async function keysOf(key: string): Promise<string[]> {
    return (await admin.keys(`{${key}}:runs*`)).sort();
  }

  async function runKey(key: string, run: string): Promise<string> {
    const [found] = await admin.keys(`{${key}}:runs:*:run:${run}`);
    return found!;
  }

  async function followedKey(key: string): Promise<string> {
    const [found] = await admin.keys(`{${key}}:runs:*:log`);
    return found!;
  }

  test("take nothing in Redis before they are used", async () => {
    const key = freshKey();
    const log = open(key);
    await log.append({ channels: ["*"], data: "x" });
    expect(await keysOf(key)).toEqual([]);
  });

  test("are deleted by Redis itself, also where every instance has died", async () => {
    const key = freshKey();
    const log = open(key);
    const first = await append(log.runs, "ended", "0", long);
    const running = await admin.pttl(await runKey(key, "ended"));
    expect(running).toBeGreaterThan(0);
    expect(running).toBeLessThanOrEqual(long);
    await append(log.runs, "ended", "1", 100, first);
    await append(log.runs, "kept", "x", long);
    await log.close();
    while ((await runKey(key, "ended")) !== undefined);
    expect(await runKey(key, "kept")).toBeDefined();
  });

  test("that were released leave nothing but what tells a later reader that entries are gone", async () => {
    const key = freshKey();
    const log = open(key);
    const first = await append(log.runs, "short", "0", long);
    const last = await append(log.runs, "short", "1", 1, first);
    while ((await readRun(log.runs, "short", "")).data.length > 0);
    const [held, due] = [await admin.keys(`{${key}}:runs:*:held`), await admin.keys(`{${key}}:runs:*:due`)];
    expect(await admin.hlen(held[0]!)).toBe(1);
    expect(due).toEqual([]);
    expect(await admin.ttl(await followedKey(key))).toBeLessThanOrEqual(60);
    const later = open(key);
    const { gap, evictions } = await readRun(later.runs, "short", first);
    expect(gap).toBe("evicted");
    expect((await readRun(later.runs, "short", first, evictions)).gap).toBeUndefined();
    expect((await readRun(later.runs, "short", last)).gap).toBeUndefined();
  });

  test("share one floor once ten thousand were released", async () => {
    const key = freshKey();
    const { runs } = open(key);
    const oldest = await append(runs, "oldest", "0", long);
    await append(runs, "oldest", "1", 1, oldest);
    for (let i = 0; i < 10_100; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, n) => append(runs, `${i + n}`, "x", 1)));
    const [evicted] = await admin.keys(`{${key}}:runs:*:evicted`);
    while ((await admin.hlen(evicted!)) < 10_001) await runs.head();
    while ((await readRun(runs, "10099", "")).data.length > 0);
    for (let i = 0; i < 3; i += 1) await runs.head();
    expect(await admin.hlen(evicted!)).toBe(10_001);
    const end = await append(runs, "fresh", "x", long);
    expect((await readRun(runs, "oldest", oldest)).gap).toBe("evicted");
    expect((await readRun(runs, "never", oldest)).gap).toBe("evicted");
    expect((await readRun(runs, "never", end)).gap).toBeUndefined();
    expect((await readRun(runs, "fresh", oldest)).data).toEqual(["x"]);
  });

  test.each<[string, (stream: string) => Promise<unknown>]>([
    ["whose stream was deleted", (stream) => admin.del(stream)],
    [
      "that lacks an entry",
      async (stream) => admin.xdel(stream, (await admin.xrange(stream, "-", "+"))[1]![0]),
    ],
    ["into which another program wrote", (stream) => admin.xadd(stream, "*", "what", "is this")],
  ])("%s are released as a whole", async (_what, damage) => {
    const key = freshKey();
    const { runs } = open(key);
    const first = await append(runs, "a", "0", long);
    const last = await append(runs, "a", ["1", "2"], long, first);
    await damage(await runKey(key, "a"));
    expect(await readRun(runs, "a", first)).toMatchObject({ data: [], gap: "evicted" });
    await expect(append(runs, "a", "3", long, last)).rejects.toMatchObject(conflict);
    const fresh = await append(runs, "a", "new", long);
    expect(runs.compare(last, fresh)).toBeLessThan(0);
    expect(await readRun(runs, "a", "")).toMatchObject({ data: ["new"] });
  });

  test("begin a new epoch where Redis lost their keys, and their followers are reset", async () => {
    for (const name of ["meta", "held", "evicted"]) {
      const key = freshKey();
      const { runs } = open(key);
      const follower = await RunFollower.of(runs);
      const first = await append(runs, "a", "0", long);
      await admin.del(
        name === "meta" ? `{${key}}:runs:meta` : (await admin.keys(`{${key}}:runs:*:${name}`))[0]!,
      );
      await until(() => follower.resets > 1);
      const again = await RunFollower.of(runs);
      await expect(append(runs, "a", "1", long, first)).rejects.toMatchObject(conflict);
      expect(await readRun(runs, "a", first)).toMatchObject({ data: [], gap: "epoch" });
      await append(runs, "a", "new", long);
      await until(() => again.data.includes("new"));
    }
  });

  test("are one history with that of the log only where nothing was lost: an entry of another history is known by its tag", async () => {
    const key = freshKey();
    const { runs } = open(key);
    const position = await append(runs, "a", ["0", "1"], long);
    const forged = `${position.slice(0, position.lastIndexOf("-"))}-other1`;
    await expect(append(runs, "a", "2", long, forged)).rejects.toMatchObject(conflict);
    const [first] = (
      await runs.read("", { channels: new Set(["run:a"]), through: await runs.head(), limit: 1 })
    ).entries;
    const forgedFirst = `${first!.position.slice(0, first!.position.lastIndexOf("-"))}-other1`;
    expect(await readRun(runs, "a", forgedFirst)).toMatchObject({ data: ["0", "1"], gap: "unknown" });
  });

  test("are delivered around what another program writes into the stream that is followed", async () => {
    const key = freshKey();
    const { runs } = open(key);
    const follower = await RunFollower.of(runs);
    const first = await append(runs, "a", "0", long);
    await until(() => follower.data.includes("0"));
    await admin.xadd(await followedKey(key), "*", "what", "is this");
    await append(runs, "a", "1", long, first);
    await until(() => follower.data.includes("1"));
    expect(follower.data).toEqual(["0", "1"]);
  });

  test("are stored after the server has forgotten the script", async () => {
    const { runs } = open(freshKey());
    const first = await append(runs, "a", "0", long);
    await admin.script("FLUSH");
    await append(runs, "a", "1", long, first);
    expect((await readRun(runs, "a", "")).data).toEqual(["0", "1"]);
  });

  test("are not stored at all where Redis has no memory left", async () => {
    const key = freshKey();
    const { runs } = open(key);
    const first = await append(runs, "a", "0", long);
    await admin.config("SET", "maxmemory", "1");
    try {
      await expect(append(runs, "a", ["1", "2"], long, first)).rejects.toMatchObject({
        code: "log-unavailable",
      });
      await expect(append(runs, "b", "1", long)).rejects.toMatchObject({ code: "log-unavailable" });
    } finally {
      await admin.config("SET", "maxmemory", "0");
    }
    expect((await readRun(runs, "a", "")).data).toEqual(["0"]);
    await append(runs, "a", "1", long, first);
    await append(runs, "b", "1", long);
  });

  test.each(drivers)(
    "are read in pages of at most a mebibyte, from any entry on, with %s",
    async (_name, clientOf) => {
      const { runs } = open(freshKey(), clientOf);
      const sizes = [10, 300_000, 300_000, 5, 500_000, 900_000, 200_000, 1, 1];
      let after: Position = "";
      for (const size of sizes) after = await append(runs, "a", "x".repeat(size), long, after);
      const through = await runs.head();
      const read: number[] = [];
      for (let start = ""; runs.compare(start, through) !== 0; ) {
        const page = await runs.read(start, { channels: new Set(["run:a"]), through, limit: 100 });
        const bytes = page.entries.map(({ data }) => data.length);
        expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1024 * 1024);
        expect(bytes.length).toBeGreaterThan(0);
        read.push(...bytes);
        start = page.scannedThrough;
      }
      expect(read).toEqual(sizes);
    },
  );

  test("keep a bounded copy for followers, by number and by bytes", async () => {
    const key = freshKey();
    const { runs } = open(key);
    let after: Position = "";
    for (let i = 0; i < 45; i += 1)
      after = await append(
        runs,
        "small",
        Array.from({ length: 256 }, () => "x"),
        long,
        after,
      );
    const followed = await followedKey(key);
    expect(await admin.xlen(followed)).toBeLessThanOrEqual(10_100);
    expect(await admin.xlen(await runKey(key, "small"))).toBe(45 * 256);
    after = "";
    for (let i = 0; i < 300; i += 1) after = await append(runs, "large", "x".repeat(50_000), long, after);
    const large = (await admin.xrange(followed, "-", "+")).filter(([, fields]) => fields.at(-1)!.length > 1);
    expect(large.length).toBeLessThanOrEqual(200);
  });

  test("are followed again after a break that was longer than the copy for followers", async () => {
    const key = freshKey();
    const link = await CuttableLink.to(redis.port);
    const cut = createRedisLog({
      client: new Redis({ port: link.port, lazyConnect: true }),
      key,
      durable: true,
    });
    logs.push(cut);
    const other = open(key);
    const follower = await RunFollower.of(cut.runs);
    const first = await append(other.runs, "a", "0", long);
    await until(() => follower.data.includes("0"));
    link.sever();
    const second = await append(other.runs, "a", "1", long, first);
    await admin.unlink(await followedKey(key));
    const last = await append(other.runs, "a", "2", long, second);
    link.mend();
    await until(() => other.runs.compare(follower.head, last) >= 0);
    expect(follower.resets).toBe(2);
    expect(follower.data).toEqual(["0", "2"]);
    expect((await readRun(cut.runs, "a", "")).data).toEqual(["0", "1", "2"]);
    await link.close();
  });
});
