import { type EventSink, EventStream } from "@sse/core";
import { Engine, isInstalled, redisServer } from "@sse/engines";
import { createHub } from "@sse/hub";
import type { Channel, EventLog } from "@sse/hub/log";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRedisLog, type RedisClient } from "../src/index.js";
import { entry, until } from "./support/logs.js";

/** A client whose connections count the script's reads. */
function countingClient(port: number): { client: RedisClient; reads: () => number } {
  const template = new Redis({ port, lazyConnect: true });
  let reads = 0;
  const duplicate = (options: object): Redis => {
    const made = template.duplicate(options);
    const call = made.call.bind(made) as unknown as (
      command: string,
      args: readonly string[],
    ) => Promise<unknown>;
    const counted = (command: string, args: readonly string[]): Promise<unknown> => {
      if (command.startsWith("EVAL") && args.includes("read")) reads += 1;
      return call(command, args);
    };
    return Object.assign(made, { call: counted });
  };
  return { client: { call: (command: string) => template.call(command), duplicate }, reads: () => reads };
}

/** A client that reads slowly: its sink is full with `capacity` bytes, and is emptied at once. */
function slowSink(capacity: number): { sink: EventSink; text: () => string } {
  const decoder = new TextDecoder();
  let queued = 0;
  let text = "";
  let end = (): void => {};
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const sink: EventSink = {
    write: (bytes) => {
      queued += bytes.byteLength;
      text += decoder.decode(bytes, { stream: true });
    },
    get room() {
      return capacity - queued;
    },
    drain: async () => {
      queued = 0;
    },
    close: () => end(),
    destroy: () => end(),
    closed,
  };
  return { sink, text: () => text };
}

describe.runIf(isInstalled("redis-server"))("reads of history", () => {
  let redis: Engine;
  const release: (() => unknown)[] = [];

  beforeAll(async () => {
    redis = await Engine.start(redisServer());
  });
  afterEach(async () => {
    for (const free of release.splice(0).reverse()) await free();
  });
  afterAll(() => redis.dispose());

  test("of a thousand topics are one call of the script", async () => {
    const { client, reads } = countingClient(redis.port);
    const log = createRedisLog({ client, key: "topics" });
    release.push(() => log.close());
    const topics = Array.from({ length: 1_000 }, (_, i): Channel => `topic:${i}`);
    const start = await log.head();
    for (const i of [0, 1, 500, 999]) await log.append(entry(`event ${i}`, String(i)));
    const through = await log.head();
    const page = await log.read(start, { channels: new Set(topics), through, limit: 256 });
    expect(page.entries.map(({ data }) => data)).toEqual(["event 0", "event 1", "event 500", "event 999"]);
    expect(page.scannedThrough).toBe(through);
    expect(reads()).toBe(1);
  });

  test("by clients with topics of their own, which return at once, are a few calls", async () => {
    const { client, reads } = countingClient(redis.port);
    const log = createRedisLog({ client, key: "storm", maxEvents: 0 });
    release.push(() => log.close());
    const start = await log.head();
    for (let i = 0; i < 600; i += 1)
      await log.append({ channels: i % 100 === 0 ? ["topic:t", `user:${i}`] : ["topic:t"], data: String(i) });
    const through = await log.head();
    const readAll = async (user: number): Promise<string[]> => {
      const found: string[] = [];
      for (let after = start; after !== through; ) {
        const channels = new Set<Channel>(["topic:t", `user:${user}`]);
        const page = await log.read(after, { channels, through, limit: 256 });
        expect(page.gap).toBeUndefined();
        found.push(...page.entries.map(({ data }) => data));
        after = page.scannedThrough;
      }
      return found;
    };
    const all = await Promise.all(Array.from({ length: 200 }, (_, user) => readAll(user)));
    expect(new Set(all.map((data) => data.join())).size).toBe(1);
    expect(all[0]).toHaveLength(600);
    expect(reads()).toBeLessThan(20);
  });

  test("of many topics give full pages where one is busy", async () => {
    const { client, reads } = countingClient(redis.port);
    const log = createRedisLog({ client, key: "busy", maxEvents: 0 });
    release.push(() => log.close());
    const start = await log.head();
    for (let i = 0; i < 300; i += 1) await log.append(entry(String(i), "busy"));
    const quiet = Array.from({ length: 500 }, (_, i): Channel => `topic:${i}`);
    const through = await log.head();
    const page = await log.read(start, { channels: new Set([...quiet, "topic:busy"]), through, limit: 256 });
    expect(page.entries).toHaveLength(256);
    expect(reads()).toBe(1);
  });

  test("for a slow client are hardly more bytes than it receives", async () => {
    const log = createRedisLog({ client: new Redis({ port: redis.port, lazyConnect: true }), key: "slow" });
    let readBytes = 0;
    const counted: EventLog = {
      append: (added, options) => log.append(added, options),
      read: async (from, options) => {
        const page = await log.read(from, options);
        for (const { data } of page.entries) readBytes += data.length;
        return page;
      },
      follow: (follower) => log.follow(follower),
      head: () => log.head(),
      compare: (a, b) => log.compare(a, b),
      close: () => log.close(),
    };
    const start = await log.head();
    const size = 4_000;
    const count = 500;
    for (let i = 0; i < count; i += 1) await log.append(entry(String(i).padEnd(size, "x")));
    const hub = createHub({ log: counted });
    release.push(
      () => log.close(),
      () => hub.close(),
    );
    const { sink, text } = slowSink(65_536);
    hub.connect(new EventStream(sink, { lastEventId: start }), { topics: ["a"] });
    await until(() => text().includes("event: sse:live"));
    expect(text().match(/^data: \d+x/gm)).toHaveLength(count);
    expect(readBytes).toBeLessThan(1.1 * count * size);
  });
});
