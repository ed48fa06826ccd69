import { cp, rm } from "node:fs/promises";
import { headers } from "@nats-io/nats-core";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { CuttableLink, type Engine } from "@sse/engines";
import { formatPosition, offsetIn, type Position, parsePosition } from "@sse/hub/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NatsLog } from "../src/index.js";
import {
  appendAtLast,
  describeOnNats,
  entry,
  follow,
  freshStream,
  logOn,
  readAll,
  type Tail,
  until,
} from "./support.js";

describeOnNats("the identity of what was seen", (startNats) => {
  let engine: Engine;
  const logs: NatsLog[] = [];
  const connections: NatsConnection[] = [];

  beforeEach(async () => {
    engine = await startNats();
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
    for (const nc of connections.splice(0)) await nc.close();
    await engine.dispose();
  });

  function open(options: Parameters<typeof logOn>[1], at: { port: number } = engine): NatsLog {
    const log = logOn(at, { heartbeat: 200, ...options });
    logs.push(log);
    return log;
  }

  async function administrate(): Promise<NatsConnection> {
    const nc = await connect({ servers: `127.0.0.1:${engine.port}` });
    connections.push(nc);
    return nc;
  }

  /** Returns the server to the state of the last `save`. */
  async function rollBack(): Promise<void> {
    await engine.kill();
    await rm(`${engine.folder}/jetstream`, { recursive: true });
    await cp(`${engine.folder}/older`, `${engine.folder}/jetstream`, { recursive: true });
    await engine.start();
  }

  async function save(): Promise<void> {
    await engine.kill("SIGTERM");
    await cp(`${engine.folder}/jetstream`, `${engine.folder}/older`, { recursive: true });
    await engine.start();
  }

  /** Expects that an instance which saw the lost entry has what was stored in its place. */
  async function expectNewEpoch(log: NatsLog, tail: Tail, lost: Position): Promise<void> {
    expect(log.compare(tail.head, lost)).toBeNaN();
    expect(await readAll(log, lost, "a", tail.head)).toEqual({
      data: ["kept", "1", "2", "3"],
      gaps: ["epoch"],
    });
  }

  describe("in a history that was rewritten beyond what was seen", () => {
    test("differs for an instance that comes back, and starts a new epoch for all", async () => {
      const options = { stream: freshStream(), durable: true };
      const link = await CuttableLink.to(engine.port);
      const log = open(options, link);
      await appendAtLast(log, entry("kept"));
      await save();
      const tail = await follow(log);
      const lost = await appendAtLast(log, entry("lost"));
      await until(() => tail.calls.at(-1) === "lost");
      link.sever();
      await rollBack();
      const other = open(options);
      const otherTail = await follow(other);
      for (const data of ["1", "2", "3"]) await appendAtLast(other, entry(data));
      await until(() => otherTail.calls.at(-1) === "3");
      expect(other.compare(otherTail.head, lost)).toBeGreaterThan(0);
      link.mend();
      await until(() => tail.resets.length === 2 && otherTail.resets.length === 2);
      expect(log.compare(tail.head, otherTail.head)).toBe(0);
      await expectNewEpoch(log, tail, lost);
      await link.close();
    });

    test("differs for an instance that has listed the stream, and received nothing since", async () => {
      const options = { stream: freshStream(), durable: true };
      const first = open(options);
      await appendAtLast(first, entry("kept"));
      await save();
      const lost = await appendAtLast(first, entry("lost"));
      await first.close();
      const link = await CuttableLink.to(engine.port);
      const log = open(options, link);
      const tail = await follow(log);
      expect(tail.head).toBe(lost);
      link.sever();
      await rollBack();
      const other = open(options);
      for (const data of ["1", "2", "3"]) await appendAtLast(other, entry(data));
      link.mend();
      await until(() => tail.resets.length === 2);
      await expectNewEpoch(log, tail, lost);
      await link.close();
    });

    test("makes the id of a gap unknown where entries are held that it did not have", async () => {
      const options = { stream: freshStream(), durable: true };
      const log = open(options);
      await appendAtLast(log, entry("kept", "b"));
      await save();
      await appendAtLast(log, entry("lost", "b"));
      await appendAtLast(log, entry("lost"));
      const { head: through } = await follow(log);
      const channels = new Set(["topic:a"] as const);
      const { gap } = await log.read("otherepoch00-1", { channels, through, limit: 10 });
      await log.close();
      await rollBack();
      const later = open(options);
      for (const data of ["1", "2"]) await appendAtLast(later, entry(data));
      const { head } = await follow(later);
      expect(await readAll(later, gap!.resumesAfter, "a", head)).toEqual({
        data: ["1", "2"],
        gaps: ["unknown"],
      });
    });

    test("makes an id of the lost history unknown to instances that never saw it", async () => {
      const options = { stream: freshStream(), durable: true };
      const log = open(options);
      const kept = await appendAtLast(log, entry("kept"));
      await save();
      const lost = await appendAtLast(log, entry("lost"));
      await log.close();
      await rollBack();
      const later = open(options);
      for (const data of ["1", "2"]) await appendAtLast(later, entry(data));
      const { head } = await follow(later);
      expect(later.compare(kept, lost)).toBeLessThan(0);
      expect(await readAll(later, lost, "a", head)).toEqual({ data: ["kept", "1", "2"], gaps: ["unknown"] });
      expect(await readAll(later, kept, "a", head)).toEqual({ data: ["1", "2"], gaps: [] });
    });
  });

  describe("is compared at every heartbeat, by an instance that neither appends nor reads", () => {
    test("where the stream was deleted and made again", async () => {
      const options = { stream: freshStream(), durable: true };
      const log = open(options);
      const tail = await follow(log);
      const old = await log.append(entry("lost"));
      await until(() => tail.entries.length === 1);
      const nc = await administrate();
      await nc.request(`$JS.API.STREAM.DELETE.${options.stream}`);
      await until(() => tail.resets.length === 2);
      expect(log.compare(old, tail.head)).toBeNaN();
    });

    test("where the last entry was replaced", async () => {
      const options = { stream: freshStream(), durable: true };
      const log = open(options);
      const tail = await follow(log);
      const [first, last] = [await log.append(entry("kept")), await log.append(entry("replaced"))];
      await until(() => tail.entries.length === 2);
      const nc = await administrate();
      const { config } = (await nc.request(`$JS.API.STREAM.INFO.${options.stream}`)).json<{
        config: object;
      }>();
      await nc.request(`$JS.API.STREAM.DELETE.${options.stream}`);
      await nc.request(`$JS.API.STREAM.CREATE.${options.stream}`, JSON.stringify(config));
      for (const data of ["1", "2", "3"]) await nc.request(`${options.stream}.t.a`, data);
      await until(() => tail.resets.length === 2);
      expect(log.compare(first, tail.head)).toBeNaN();
      await until(() => tail.head !== "");
      expect(await readAll(log, last, "a", tail.head)).toEqual({ data: ["1", "2", "3"], gaps: ["epoch"] });
    });
  });

  test("is in a stream that instances make together once", async () => {
    const stream = freshStream();
    const instances = Array.from({ length: 5 }, () => open({ stream, durable: true }));
    const heads = await Promise.all(instances.map((log) => log.head()));
    expect(new Set(heads).size).toBe(1);
    const nc = await administrate();
    const info = (await nc.request(`$JS.API.STREAM.INFO.${stream}`)).json<{
      config: { description: string };
    }>();
    expect(info.config.description).toMatch(/^Events of a hub \[sse:[a-z0-9]{12}\]$/);
  });

  describe("of an earlier version", () => {
    test("continues: the epoch, entries without a tag, and ids without a tag", async () => {
      const stream = freshStream();
      const nc = await administrate();
      const subjects = ["all", "many", "mark", "t.*", "u.*"].map((suffix) => `${stream}.${suffix}`);
      const create = (name: string, config: object) =>
        nc.request(`$JS.API.STREAM.CREATE.${name}`, JSON.stringify({ name, num_replicas: 1, ...config }));
      const made = (await create(stream, { subjects, allow_direct: true })).json<{ created: string }>();
      await create(`${stream}-epoch-kept`, { subjects: [`${stream}.epoch.kept`], max_msgs: 1 });
      const epoch = "abcdefghijkl";
      await nc.request(`${stream}.epoch.kept`, JSON.stringify({ epoch, created: made.created, from: 0 }));
      for (const data of ["1", "2"]) await nc.request(`${stream}.t.a`, data);
      const log = open({ stream, durable: true });
      const { head } = await follow(log);
      expect(parsePosition(head)).toMatchObject({ epoch, offset: 2 });
      const { data, gaps } = await readAll(log, `${epoch}-1`, "a", head);
      expect([data, gaps]).toEqual([["2"], []]);
      const next = open({ stream, durable: true });
      expect(offsetIn(epoch, await next.head())).toBe(2);
    });
  });

  test("ends with its epoch, also where the message that announces the next one was lost", async () => {
    const stream = freshStream();
    const log = open({ stream, durable: true });
    const tail = await follow(log);
    const nc = await administrate();
    const subject = `${stream}.epoch.kept`;
    const query = JSON.stringify({ last_by_subj: subject });
    const stored = (await nc.request(`$JS.API.STREAM.MSG.GET.${stream}-epoch-kept`, query)).json<{
      message: { data: string };
    }>();
    const record = JSON.parse(atob(stored.message.data)) as object;
    await nc.request(subject, JSON.stringify({ ...record, epoch: "nextnextnext" }));
    await until(() => parsePosition(tail.head)?.epoch === "nextnextnext");
    expect(parsePosition(await log.append(entry("after")))?.epoch).toBe("nextnextnext");
  });

  test("of a later version of the format is evicted for this one: a gap, and an error that names the fix", async () => {
    const stream = freshStream();
    const log = open({ stream, durable: true });
    const tail = await follow(log);
    const start = await log.append(entry("before"));
    await until(() => tail.entries.length === 1);
    const nc = await administrate();
    const fields = headers();
    fields.set("Sse-Entry", "2-abcdefgh");
    await nc.request(`${stream}.t.a`, "new form", { headers: fields, timeout: 1_000 });
    await until(() => tail.resets.length === 2);
    await log.append(entry("after"));
    await until(() => tail.calls.at(-1) === "after");
    expect(tail.errors).toEqual([
      expect.objectContaining({
        code: "log-unavailable",
        message: expect.stringContaining("update this instance"),
      }),
    ]);
    expect(await readAll(log, start, "a", tail.head)).toEqual({ data: ["after"], gaps: ["evicted"] });
  });

  test("is a tag at the end of every position, the same for who appends, follows and reads", async () => {
    const log = open({ stream: freshStream(), durable: true });
    const tail = await follow(log);
    const start = await log.head();
    const position = await log.append(entry("x"), { idempotencyKey: "k" });
    expect(await log.append(entry("x"), { idempotencyKey: "k" })).toBe(position);
    await until(() => tail.entries.length === 1);
    expect(tail.entries[0]?.position).toBe(position);
    const page = await log.read(start, {
      channels: new Set(["topic:a"] as const),
      through: tail.head,
      limit: 10,
    });
    expect(page.entries[0]?.position).toBe(position);
    expect(formatPosition(parsePosition(position)!)).toBe(position);
    expect(position).toMatch(/^[a-z0-9]{12}-[0-9]+-[a-z0-9]{8}$/);
  });
});
