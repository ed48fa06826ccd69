import { Engine, isInstalled, redisServer } from "@sse/engines";
import { createMemoryLog } from "@sse/hub";
import type { Channel, EventLog, NewLogEntry } from "@sse/hub/log";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRedisLog, type RedisLog, type RedisLogOptions } from "../src/index.js";
import { entry, Follower, readAll } from "./support/logs.js";

describe.runIf(isInstalled("redis-server"))("what a Redis log holds", () => {
  let redis: Engine;
  let client: Redis;
  let hubs = 0;
  const logs: RedisLog[] = [];

  beforeAll(async () => {
    redis = await Engine.start(redisServer());
    client = new Redis({ port: redis.port });
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    await client.flushall();
  });
  afterAll(async () => {
    client.disconnect();
    await redis.dispose();
  });

  function open(options: Partial<RedisLogOptions> = {}): RedisLog {
    hubs += 1;
    const log = createRedisLog({ client, key: `hub ${hubs}`, commandTimeout: 60_000, ...options });
    logs.push(log);
    return log;
  }

  test("is the same that a memory log holds, with the same gaps, whatever is appended and read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (max, steps) => {
          const bounds = { maxEvents: 0, maxEventsPerTopic: max };
          const [ours, theirs] = [open(bounds), createMemoryLog({ ...bounds, maxBytes: 0 })];
          const positions = [[await ours.head(), await theirs.head()]] as [string, string][];
          for (const { channels, reads, from, limit } of steps) {
            const appended = { channels, data: String(positions.length) };
            positions.push([await ours.append(appended), await theirs.append(appended)]);
            const start = positions[from % positions.length]!;
            const what = { channels: new Set(reads), limit };
            expect(await pages(ours, start[0], what)).toEqual(await pages(theirs, start[1], what));
          }
          await ours.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is at most `maxEvents` in all, and the oldest go first", async () => {
    const log = open({ maxEvents: 10 });
    const start = await log.head();
    for (let i = 0; i < 25; i += 1) await log.append(entry(String(i), String(i % 5)));
    const channels = [0, 1, 2, 3, 4].map((topic) => `topic:${topic}` as const);
    const { data, gaps } = await readAll(log, start, channels);
    expect(data).toEqual(Array.from({ length: 10 }, (_, i) => String(15 + i)));
    expect(gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
  });

  test("is no more than `maxAge` old, and what has gone is a gap", async () => {
    const log = open({ maxAge: 1 });
    const start = await log.head();
    await log.append(entry("old"));
    let read = await readAll(log, start);
    while (read.data.length > 0) read = await readAll(log, start);
    expect(read.gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
  });

  test("differs for topics that have bounds of their own", async () => {
    const log = open({ maxEventsPerTopic: 3, topics: { few: { maxEvents: 1 }, brief: { maxAge: 1 } } });
    const start = await log.head();
    for (let i = 0; i < 4; i += 1)
      for (const topic of ["few", "brief", "other"]) await log.append(entry(`${topic} ${i}`, topic));
    const read = async (...topics: string[]) =>
      (
        await readAll(
          log,
          start,
          topics.map((topic) => `topic:${topic}` as const),
        )
      ).data;
    while ((await read("brief")).length > 0);
    expect(await read("few")).toEqual(["few 3"]);
    expect(await read("other")).toEqual(["other 1", "other 2", "other 3"]);
  });

  test("for several topics is kept as long as one of them keeps it", async () => {
    const log = open({ maxEventsPerTopic: 3, topics: { few: { maxEvents: 1, maxAge: 1 } } });
    const start = await log.head();
    await log.append({ channels: ["topic:few", "topic:other"], data: "both" });
    await log.append(entry("few", "few"));
    let few = await readAll(log, start, ["topic:few"]);
    while (few.data.length > 1) few = await readAll(log, start, ["topic:few"]);
    expect(few.data).toEqual(["both"]);
    expect(few.gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
    expect((await readAll(log, start, ["topic:other"])).gaps).toEqual([]);
  });

  test("grows no keys with the number of topics that have come and gone", async () => {
    const log = open({ maxEvents: 100 });
    await Promise.all(Array.from({ length: 12_000 }, (_, i) => log.append(entry("x", String(i)))));
    const key = (await client.keys("*:evicted"))[0]!;
    expect(await client.hlen(key)).toBeLessThanOrEqual(10_101);
    expect(await client.keys("*")).toHaveLength(5);
  });

  test("is one floor for topics that were forgotten: a gap that cannot be excluded is told", async () => {
    const log = open({ maxEvents: 100 });
    const start = await log.head();
    const positions = await Promise.all(
      Array.from({ length: 12_000 }, (_, i) => log.append(entry("x", String(i)))),
    );
    const head = await log.head();
    const gapsOf = async (from: string, topic: string) => (await readAll(log, from, [`topic:${topic}`])).gaps;
    expect(await gapsOf(start, "0")).toHaveLength(1);
    expect(await gapsOf(start, "never seen")).toHaveLength(1);
    expect(await gapsOf(positions[11_900]!, "11999")).toEqual([]);
    expect(await gapsOf(head, "0")).toEqual([]);
  });

  test("is given to followers in one piece, also where topics keep less than a burst", async () => {
    const log = open({ maxEventsPerTopic: 1 });
    const follower = await Follower.of(log);
    await Promise.all(Array.from({ length: 900 }, (_, i) => log.append(entry(String(i)))));
    await follower.has("899");
    expect(follower.entries).toHaveLength(900);
    expect(follower.resets).toHaveLength(1);
  });

  test("comes in pages of about a mebibyte, however many entries were asked for", async () => {
    const log = open();
    const start = await log.head();
    for (let i = 0; i < 10; i += 1) await log.append(entry("x".repeat(500_000)));
    const channels = new Set<Channel>(["topic:a"]);
    const page = await log.read(start, { channels, through: await log.head(), limit: 100 });
    expect(page.entries.length).toBeGreaterThan(0);
    expect(page.entries.length).toBeLessThanOrEqual(3);
    expect((await readAll(log, start)).data).toHaveLength(10);
  });

  test("for thousands of users is appended and read", async () => {
    const log = open();
    const start = await log.head();
    const channels = Array.from({ length: 5_000 }, (_, i): Channel => `user:${i}`);
    await log.append({ channels, data: "to all of them" });
    expect((await readAll(log, start, ["user:4999"])).data).toEqual(["to all of them"]);
    expect((await readAll(log, start, channels)).data).toEqual(["to all of them"]);
  });

  test("forgets idempotency keys after their time", async () => {
    const log = open({ idempotencyWindow: 1 });
    const first = await log.append(entry("a"), { idempotencyKey: "k" });
    while ((await log.append(entry("a"), { idempotencyKey: "k" })) === first);
    expect((await readAll(log, { last: 5 })).data.slice(0, 2)).toEqual(["a", "a"]);
  });

  test("is promised by `retention`", () => {
    expect(open({ maxEvents: 50, maxEventsPerTopic: 0 }).retention).toEqual({
      maxEvents: 50,
      maxBytes: Number.POSITIVE_INFINITY,
      maxAge: Number.POSITIVE_INFINITY,
    });
    const topics = { few: { maxEvents: 3 }, brief: { maxAge: 5 } };
    expect(open({ maxAge: 100, topics }).retention).toMatchObject({ maxEvents: 3, maxAge: 5 });
  });
});

const channel = fc.constantFrom<Channel>("*", "topic:a", "topic:b", "user:a");
const channels = fc.uniqueArray(channel, { minLength: 1, maxLength: 3 });
/** An append, and a read after some earlier position. */
const step: fc.Arbitrary<{ reads: Channel[]; from: number; limit: number } & Pick<NewLogEntry, "channels">> =
  fc.record({ channels, reads: channels, from: fc.nat(), limit: fc.integer({ min: 1, max: 5 }) });

/** Reads what a reader gets, with places as offsets. */
async function pages(
  log: EventLog,
  start: string,
  what: { channels: ReadonlySet<Channel>; limit: number },
): Promise<unknown> {
  const offset = (position: string) => Number(position.split("-")[1]);
  const through = await log.head();
  const seen: unknown[] = [];
  let from = start;
  let known: { knownEvictions?: string } = {};
  do {
    const { entries, scannedThrough, gap, evictions } = await log.read(from, { ...what, through, ...known });
    seen.push(...entries.map(({ position, data }) => [offset(position), data]));
    if (gap !== undefined) seen.push([gap.reason, offset(gap.resumesAfter)]);
    from = scannedThrough;
    known = { knownEvictions: evictions };
  } while (log.compare(from, through) < 0);
  return seen;
}
