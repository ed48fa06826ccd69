import { rm } from "node:fs/promises";
import { CuttableLink, type Engine } from "@sse/engines";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NatsLog } from "../src/index.js";
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

describeOnNats("when the server is in trouble", (startNats) => {
  let engine: Engine;
  const logs: NatsLog[] = [];

  beforeEach(async () => {
    engine = await startNats();
  });
  afterEach(async () => {
    engine.resume();
    for (const log of logs.splice(0)) await log.close();
    await engine.dispose();
  });

  function open(options: Parameters<typeof logOn>[1], at: { port: number } = engine): NatsLog {
    const log = logOn(at, options);
    logs.push(log);
    return log;
  }

  test("a durable stream goes on after a crash without a break", async () => {
    const options = { stream: freshStream(), durable: true };
    const [log, other] = [open(options), open(options)];
    const [tail, otherTail] = [await follow(log), await follow(other)];
    const start = await log.head();
    await log.append(entry("before"));
    await until(() => tail.calls.at(-1) === "before" && otherTail.calls.at(-1) === "before");
    await engine.kill();
    await until(() => tail.errors.length > 0);
    await engine.start();
    await appendAtLast(other, entry("after"));
    await until(() => tail.calls.at(-1) === "after" && otherTail.calls.at(-1) === "after");
    expect(tail.calls).toEqual(["reset", "before", "error", "after"]);
    expect(await readAll(log, start, "a", tail.head)).toEqual({ data: ["before", "after"], gaps: [] });
  });

  test("a crash of a server that is not durable is a new epoch, on which all instances agree", async () => {
    const options = { stream: freshStream() };
    const [log, other] = [open(options), open(options)];
    const [tail, otherTail] = [await follow(log), await follow(other)];
    const old = await log.append(entry("before"));
    await engine.kill();
    await engine.start();
    const first = await appendAtLast(other, entry("after"));
    const second = await appendAtLast(log, entry("last"));
    await until(() => tail.head === second && otherTail.head === second);
    expect(log.compare(old, first)).toBeNaN();
    expect(log.compare(first, second)).toBeLessThan(0);
    expect(tail.resets).toHaveLength(2);
    expect(await readAll(log, old, "a", tail.head)).toEqual({
      data: ["before", "after", "last"],
      gaps: ["epoch"],
    });
  });

  test.each([true, false])("a server that comes back empty is a new epoch (durable: %s)", async (durable) => {
    const log = open({ stream: freshStream(), durable });
    const tail = await follow(log);
    const old = await log.append(entry("lost"));
    await engine.kill();
    await rm(`${engine.folder}/jetstream`, { recursive: true });
    await engine.start();
    const position = await appendAtLast(log, entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(log.compare(old, position)).toBeNaN();
    expect(await readAll(log, old, "a", tail.head)).toEqual({ data: ["after"], gaps: ["epoch"] });
  });

  test("a stream that was deleted is made again, as another epoch", async () => {
    const stream = freshStream();
    const log = open({ stream, durable: true, commandTimeout: 500 });
    const tail = await follow(log);
    const old = await log.append(entry("lost"));
    await deleteStream(engine, stream);
    await expect(log.append(entry("refused"))).rejects.toMatchObject({ code: "log-unavailable" });
    const position = await appendAtLast(log, entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(log.compare(old, position)).toBeNaN();
  });

  test("while the server is down, everything rejects, and the follower is told once", async () => {
    const log = open({ stream: freshStream() });
    const tail = await follow(log);
    await engine.kill();
    await until(() => tail.errors.length > 0);
    const refused = { code: "log-unavailable" };
    const reading = { channels: new Set(["*"] as const), through: tail.head, limit: 1 };
    await expect(log.append(entry("x"))).rejects.toMatchObject(refused);
    await expect(log.read(tail.head, reading)).rejects.toMatchObject(refused);
    await expect(log.head()).rejects.toMatchObject(refused);
    await expect(log.bus.send("x")).rejects.toMatchObject(refused);
    await engine.start();
    await appendAtLast(log, entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(tail.calls.filter((call) => call === "error")).toHaveLength(1);
    expect(tail.entries.map(({ data }) => data)).toEqual(["after"]);
  });

  test("a server that stops answering costs a bounded time; what was on its way may be stored", async () => {
    const log = open({ stream: freshStream(), commandTimeout: 200 });
    const tail = await follow(log);
    engine.pause();
    // The processor may let it do a little more.
    const appended: string[] = [];
    let failure: unknown;
    while (failure === undefined) {
      appended.push(`late ${appended.length}`);
      failure = await log.append(entry(appended.at(-1)!)).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(failure).toMatchObject({ code: "append-timeout" });
    const reading = { channels: new Set(["topic:a"] as const), through: tail.head, limit: 1 };
    await expect(log.head()).rejects.toMatchObject({ code: "log-unavailable" });
    engine.resume();
    await appendAtLast(log, entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(tail.calls.slice(0, -1)).toEqual(expect.arrayContaining(["reset", ...appended]));
    expect(tail.resets).toHaveLength(1);
    expect((await log.read(tail.head, { ...reading, through: tail.head })).gap).toBeUndefined();
  });

  test("silence of the server is noticed by its missing heartbeats, and following goes on without a break", async () => {
    const log = open({ stream: freshStream(), commandTimeout: 200, heartbeat: 100 });
    const tail = await follow(log);
    await log.append(entry("before"));
    engine.pause();
    await until(() => tail.errors.length > 0);
    engine.resume();
    await appendAtLast(log, entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(tail.resets).toHaveLength(1);
    expect(tail.entries.map(({ data }) => data)).toEqual(["before", "after"]);
  });

  test("a log made while there is no server waits for it", async () => {
    await engine.kill();
    const log = open({ stream: freshStream() });
    const following = follow(log);
    await expect(log.append(entry("too early"))).rejects.toMatchObject({ code: "log-unavailable" });
    await engine.start();
    const tail = await following;
    await appendAtLast(log, entry("x"));
    await until(() => tail.entries.length === 1);
  });

  test("a log closes while the server is silent", async () => {
    const log = open({ stream: freshStream(), commandTimeout: 200 });
    await follow(log);
    engine.pause();
    const append = log.append(entry("x"));
    const refused = expect(append).rejects.toMatchObject({ code: "append-timeout" });
    await log.close();
    await refused;
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])("a log closes %i turns after the server has died", async (turns) => {
    const log = open({ stream: freshStream(), commandTimeout: 200 });
    await follow(log);
    await engine.kill();
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const append = log.append(entry("x"));
    const refused = expect(append).rejects.toMatchObject({
      code: expect.stringMatching(/^(closed|append-timeout|log-unavailable)$/),
    });
    await log.close();
    await refused;
  });

  test("while it is killed again and again, a durable stream holds each acknowledged append once, and all instances follow it alike", async () => {
    const options = { stream: freshStream(), durable: true, maxEvents: 0, maxEventsPerTopic: 0 };
    const instances = [open(options), open(options), open(options)];
    const tails = await Promise.all(instances.map(follow));
    const acknowledged: string[] = [];
    let publishing = true;
    const publishers = instances.map(async (log, name) => {
      for (let i = 0; publishing; i += 1) {
        const data = `${name}-${i}`;
        await log.append(entry(data, `topic-${i % 3}`)).then(
          () => acknowledged.push(data),
          () => new Promise((resolve) => setImmediate(resolve)),
        );
      }
    });
    for (let kills = 1; kills <= 3; kills += 1) {
      // An instance that follows again has a link to lose.
      const followed = tails.map(({ entries }) => entries.length);
      await until(() => tails.every(({ entries }, i) => entries.length >= followed[i]! + 100));
      await engine.kill();
      await until(() => tails.every(({ calls }) => calls.at(-1) === "error"));
      await engine.start();
    }
    publishing = false;
    await Promise.all(publishers);
    await appendAtLast(instances[0]!, entry("end"));
    await until(() => tails.every(({ calls }) => calls.at(-1) === "end"));
    const followed = tails.map(({ entries }) => entries);
    const stored = followed[0]!.map(({ data }) => data);
    expect(tails.map(({ resets }) => resets.length)).toEqual([1, 1, 1]);
    expect(followed[1]).toEqual(followed[0]);
    expect(followed[2]).toEqual(followed[0]);
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((data) => !stored.includes(data))).toEqual([]);
  });

  test("over a link that is cut at any byte, each acknowledged append is stored and followed once", async () => {
    const link = await CuttableLink.to(engine.port);
    const options = { stream: freshStream(), durable: true, commandTimeout: 250 };
    const [log, witness] = [open(options, link), open(options)];
    const [tail, all] = [await follow(log), await follow(witness)];
    const acknowledged: string[] = [];
    const uncertain: string[] = [];
    let count = 0;
    const append = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      count += 1;
      const data = String(count);
      await log.append(entry(data)).then(
        () => acknowledged.push(data),
        (error: { code: string }) => {
          if (error.code === "append-timeout") uncertain.push(data);
        },
      );
    };
    for (let cuts = 1; cuts <= 25; cuts += 1) {
      const told = tail.errors.length;
      link.cutAfter(1 + ((cuts * 7_919) % 4_000));
      while (tail.errors.length === told) await Promise.all([append(), append(), append()]);
      const known = acknowledged.length;
      while (acknowledged.length === known) await append();
      // Only a follower that follows again reports the next cut.
      await until(() => tail.calls.at(-1) !== "error");
    }
    link.cut();
    await appendAtLast(log, entry("end"));
    await until(() => tail.calls.at(-1) === "end" && all.calls.at(-1) === "end");
    const stored = all.entries.map(({ data }) => data);
    expect(tail.entries).toEqual(all.entries);
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((data) => !stored.includes(data))).toEqual([]);
    expect(stored.filter((data) => ![...acknowledged, ...uncertain, "end"].includes(data))).toEqual([]);
    await link.close();
  });
});

async function deleteStream(engine: Engine, stream: string): Promise<void> {
  const { connect } = await import("@nats-io/transport-node");
  const nc = await connect({ servers: `127.0.0.1:${engine.port}` });
  await nc.request(`$JS.API.STREAM.DELETE.${stream}`);
  await nc.close();
}
