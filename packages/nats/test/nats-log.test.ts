import { cp, rm } from "node:fs/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { CuttableLink, type Engine } from "@sse/engines";
import { everyone, parsePosition, topicChannel } from "@sse/hub/log";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createNatsLog, type NatsLog } from "../src/index.js";
import {
  appendAtLast,
  describeOnNats,
  entry,
  follow,
  freshStream,
  logOn,
  readAll,
  until,
} from "./support.js";

describeOnNats("a log on NATS", (startNats) => {
  let engine: Engine;
  let nc: NatsConnection;
  const logs: NatsLog[] = [];

  beforeAll(async () => {
    engine = await startNats();
    nc = await connect({
      servers: `127.0.0.1:${engine.port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 20,
    });
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });
  afterAll(async () => {
    await nc.close();
    await engine.dispose();
  });

  function open(options: Parameters<typeof logOn>[1], at: { port: number } = engine): NatsLog {
    const log = logOn(at, options);
    logs.push(log);
    return log;
  }

  async function appendMany(log: NatsLog, count: number, topic = "a"): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, i) => log.append(entry(String(i), topic))));
  }

  describe("an instance that starts later", () => {
    test("knows what was evicted from which topic before it started", async () => {
      const options = { stream: freshStream(), maxEventsPerTopic: 3, durable: true };
      const earlier = open(options);
      await follow(earlier);
      const start = await earlier.head();
      const quiet = await earlier.append(entry("kept", "quiet"));
      await appendMany(earlier, 20, "noisy");
      const log = open(options);
      const { head } = await follow(log);
      expect(await readAll(log, start, "quiet", head)).toEqual({ data: ["kept"], gaps: [] });
      expect(await readAll(log, quiet, "quiet", head)).toEqual({ data: [], gaps: [] });
      expect(await readAll(log, quiet, "never", head)).toEqual({ data: [], gaps: [] });
      expect(await readAll(log, start, "noisy", head)).toEqual({
        data: ["17", "18", "19"],
        gaps: ["evicted"],
      });
    });

    test("knows the same where the engine itself has dropped much of a topic", async () => {
      const options = { stream: freshStream(), maxEventsPerTopic: 3 };
      const earlier = open(options);
      const start = await earlier.append(entry("kept", "quiet"));
      await appendMany(earlier, 300, "noisy");
      const log = open(options);
      const { head } = await follow(log);
      expect(await readAll(log, start, "quiet", head)).toEqual({ data: [], gaps: [] });
      expect(await readAll(log, start, "noisy", head)).toEqual({
        data: ["297", "298", "299"],
        gaps: ["evicted"],
      });
    });

    test("knows that entries were removed by hand, which are those that no full topic explains", async () => {
      const options = { stream: freshStream(), maxEventsPerTopic: 3 };
      const earlier = open(options);
      await appendMany(earlier, 6, "noisy");
      const start = await earlier.append(entry("0", "a"));
      const removed = await earlier.append(entry("removed", "a"));
      await earlier.append(entry("1", "a"));
      const last = await earlier.append(entry("removed", "a"));
      const jsm = await jetstreamManager(nc, { checkAPI: false });
      for (const position of [removed, last])
        await jsm.streams.deleteMessage(options.stream, parsePosition(position)!.offset);
      const log = open(options);
      const { head } = await follow(log);
      expect(await readAll(log, start, "a", head)).toEqual({ data: ["1"], gaps: ["evicted"] });
      expect(await readAll(log, head, "a", head)).toEqual({ data: [], gaps: [] });
    });

    test("gives ids for what was removed, which instances know that received it", async () => {
      const options = { stream: freshStream() };
      const earlier = open(options);
      const tail = await follow(earlier);
      const start = await earlier.append(entry("0"));
      const removed = await earlier.append(entry("removed"));
      await until(() => tail.calls.at(-1) === "removed");
      const jsm = await jetstreamManager(nc, { checkAPI: false });
      await jsm.streams.deleteMessage(options.stream, parsePosition(removed)!.offset);
      const { head } = await follow(open(options));
      expect(head).not.toBe(removed);
      expect(earlier.compare(head, removed)).toBe(0);
      await earlier.append(entry("1"));
      await until(() => tail.calls.at(-1) === "1");
      expect(await readAll(earlier, head, "a", tail.head)).toEqual({ data: ["1"], gaps: [] });
      expect(await readAll(earlier, start, "a", tail.head)).toEqual({ data: ["1"], gaps: ["evicted"] });
    });

    test("announces a gap to those who were away since before the oldest entry held, because it cannot know", async () => {
      const options = { stream: freshStream(), maxEvents: 5 };
      const earlier = open(options);
      const start = await earlier.head();
      await appendMany(earlier, 200, "noisy");
      const log = open(options);
      const { head } = await follow(log);
      expect(await readAll(log, start, "quiet", head)).toEqual({ data: [], gaps: ["evicted"] });
      expect(await readAll(log, head, "quiet", head)).toEqual({ data: [], gaps: [] });
    });
  });

  describe("what the engine evicts", () => {
    test("beyond the limit for all is a gap for those who would have received it, and for no one else", async () => {
      const log = open({ stream: freshStream(), maxEvents: 5 });
      const tail = await follow(log);
      const start = await log.head();
      const first = await log.append(entry("first", "old"));
      for (let i = 0; i < 200; i += 1) {
        await log.append(entry(String(i)));
        // The stream is so short that a burst would push out what was not yet followed.
        await until(() => tail.calls.at(-1) === String(i));
      }
      expect(await readAll(log, start, "old", tail.head)).toEqual({ data: [], gaps: ["evicted"] });
      expect(await readAll(log, first, "old", tail.head)).toEqual({ data: [], gaps: [] });
      const { data, gaps } = await readAll(log, start, "a", tail.head);
      // With the reserve it is 105; newer servers hold some marks among them.
      expect(data.length).toBeGreaterThan(90);
      expect(data).toEqual(Array.from({ length: 200 }, (_, i) => String(i)).slice(-data.length));
      expect(gaps).toContain("evicted");
      expect(await readAll(log, start, "quiet", tail.head)).toEqual({ data: [], gaps: [] });
    });

    test("for its age is a gap", async () => {
      const log = open({ stream: freshStream(), maxAge: 100 });
      const tail = await follow(log);
      const start = await log.head();
      await log.append(entry("old"));
      await until(() => tail.entries.length === 1);
      const channels = new Set([topicChannel("a")]);
      const page = () => log.read(start, { channels, through: tail.head, limit: 10 });
      while ((await page()).entries.length > 0);
      expect((await page()).gap).toMatchObject({ reason: "evicted" });
    });

    test("from what is published to several topics is a gap in each of them", async () => {
      const log = open({ stream: freshStream(), maxEventsPerTopic: 2 });
      const tail = await follow(log);
      const start = await log.head();
      await log.append(entry("own", "b"));
      for (const data of ["1", "2", "3"])
        await log.append({ channels: [topicChannel("a"), topicChannel("b")], data });
      await until(() => tail.entries.length === 4);
      expect(await readAll(log, start, "a", tail.head)).toEqual({ data: ["2", "3"], gaps: ["evicted"] });
      expect(await readAll(log, start, "b", tail.head)).toEqual({
        data: ["own", "2", "3"],
        gaps: ["evicted"],
      });
    });

    test("while the link is cut starts following again, and is a gap", async () => {
      const link = await CuttableLink.to(engine.port);
      const options = { stream: freshStream(), maxEventsPerTopic: 3 };
      const [log, other] = [open(options, link), open(options)];
      const tail = await follow(log);
      const start = await log.append(entry("before"));
      await until(() => tail.entries.length === 1);
      link.sever();
      await until(() => tail.errors.length === 1);
      await appendMany(other, 300);
      link.mend();
      await until(() => tail.calls.at(-1) === "299");
      expect(tail.resets).toHaveLength(2);
      expect(await readAll(log, start, "a", tail.head)).toEqual({
        data: ["297", "298", "299"],
        gaps: ["evicted"],
      });
      await link.close();
    });

    test("of all that came while the link was cut starts following again at the head", async () => {
      const link = await CuttableLink.to(engine.port);
      const options = { stream: freshStream() };
      const [log, other] = [open(options, link), open(options)];
      const tail = await follow(log);
      const start = await log.head();
      link.sever();
      await until(() => tail.errors.length === 1);
      await appendMany(other, 3);
      await nc.request(`$JS.API.STREAM.PURGE.${options.stream}`);
      link.mend();
      await until(() => tail.resets.length === 2);
      expect(tail.head).toBe(await other.head());
      expect(await readAll(log, start, "a", tail.head)).toEqual({ data: [], gaps: ["evicted"] });
      await link.close();
    });
  });

  describe("a foreign message", () => {
    test("on a topic's subject reaches the topic's readers", async () => {
      const stream = freshStream();
      const log = open({ stream });
      const tail = await follow(log);
      nc.publish(`${stream}.t.news`, "hello");
      await until(() => tail.entries.length === 1);
      expect(tail.entries[0]).toMatchObject({ channels: ["topic:news"], data: "hello" });
    });

    test("that is no entry is left out, and told as an error", async () => {
      const stream = freshStream();
      const log = open({ stream });
      const tail = await follow(log);
      const start = await log.head();
      await nc.request(`${stream}.many`, "for no one?");
      await log.append(entry("after"));
      await until(() => tail.entries.length === 1);
      expect(tail.calls).toEqual(["reset", "error", "after"]);
      expect(tail.errors[0]).toMatchObject({ code: "invalid-event" });
      expect(await readAll(log, start, "a", tail.head)).toEqual({ data: ["after"], gaps: [] });
      const later = open({ stream });
      expect(await readAll(later, start, "a", (await follow(later)).head)).toEqual({
        data: ["after"],
        gaps: [],
      });
    });
  });

  describe("a connection of the user's", () => {
    test("is used, and stays open when the log closes", async () => {
      const log = createNatsLog({ connection: nc, stream: freshStream() });
      const tail = await follow(log);
      await log.append(entry("x"));
      await until(() => tail.entries.length === 1);
      await log.close();
      expect(nc.isClosed()).toBe(false);
      await nc.flush();
    });

    test("that has been closed makes everything reject", async () => {
      const own = await connect({ servers: `127.0.0.1:${engine.port}` });
      await own.close();
      const log = createNatsLog({ connection: own, stream: freshStream(), retryDelay: 10 });
      logs.push(log);
      await expect(log.append(entry("x"))).rejects.toMatchObject({ code: "log-unavailable" });
    });
  });

  test("an event that is larger than the server takes is refused", async () => {
    const log = open({ stream: freshStream() });
    const large = entry("x".repeat(1024 * 1024));
    await expect(log.append(large)).rejects.toMatchObject({ code: "too-large" });
  });

  test("limits that differ from the stream's are set on it", async () => {
    const stream = freshStream();
    await open({ stream, maxEvents: 5 }).append(entry("x"));
    await open({ stream, maxEvents: 1_000, maxAge: 60_000 }).append(entry("x"));
    const info = (await nc.request(`$JS.API.STREAM.INFO.${stream}`)).json<{ config: object }>();
    expect(info.config).toMatchObject({ max_msgs: 1_100, max_age: 60_000_000_000 });
  });

  test("appends that are made before there is a connection are sent in the order of the calls", async () => {
    const log = open({ stream: freshStream() });
    const early = Array.from({ length: 20 }, (_, i) => log.append(entry(String(i))));
    await early[0];
    const late = Array.from({ length: 20 }, (_, i) => log.append(entry(String(20 + i))));
    const positions = await Promise.all([...early, ...late]);
    expect(positions.toSorted(log.compare.bind(log))).toEqual(positions);
  });

  test.each(["k", " k", "k\r\n\0", '"k"', "schlüssel 🎉"])(
    "takes any text as an idempotency key: %j",
    async (idempotencyKey) => {
      const log = open({ stream: freshStream() });
      const first = await log.append(entry("x"), { idempotencyKey });
      expect(await log.append(entry("x"), { idempotencyKey })).toBe(first);
      expect(await log.append(entry("x"), { idempotencyKey: `${idempotencyKey} ` })).not.toBe(first);
    },
  );

  test("an idempotency key of before a crash is known to a durable stream", async () => {
    const log = open({ stream: freshStream(), durable: true });
    const tail = await follow(log);
    const first = await log.append(entry("x"), { idempotencyKey: "k" });
    await engine.kill();
    await until(() => tail.errors.length > 0);
    await engine.start();
    await appendAtLast(log, entry("after"));
    expect(await log.append(entry("x"), { idempotencyKey: "k" })).toBe(first);
    const other = log.append(entry("y"), { idempotencyKey: "k" });
    await expect(other).rejects.toMatchObject({ code: "idempotency-conflict" });
  });

  test.each([true, false])(
    "a server that was rolled back to an older state is a new epoch (durable: %s)",
    async (durable) => {
      const [log, other] = [{ stream: freshStream(), durable }].flatMap((o) => [open(o), open(o)]) as [
        NatsLog,
        NatsLog,
      ];
      const [tail, otherTail] = [await follow(log), await follow(other)];
      await log.append({ channels: [everyone], data: "kept" });
      await engine.kill("SIGTERM");
      await cp(`${engine.folder}/jetstream`, `${engine.folder}/older`, { recursive: true });
      await engine.start();
      const old = await appendAtLast(log, entry("lost 1"));
      const last = await appendAtLast(other, entry("lost 2"));
      await until(() => tail.head === last && otherTail.head === last);
      await engine.kill();
      await rm(`${engine.folder}/jetstream`, { recursive: true });
      await cp(`${engine.folder}/older`, `${engine.folder}/jetstream`, { recursive: true });
      await engine.start();
      let newest = "";
      for (const data of ["1", "2", "3"]) newest = await appendAtLast(log, entry(data));
      await until(() => tail.head === newest && otherTail.head === newest);
      expect(log.compare(old, tail.head)).toBeNaN();
      expect(await readAll(other, old, "a", otherTail.head)).toEqual({
        data: ["1", "2", "3"],
        gaps: ["epoch"],
      });
    },
  );
});
