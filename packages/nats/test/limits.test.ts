import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Engine } from "@sse/engines";
import { topicChannel } from "@sse/hub/log";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createNatsLog, type NatsLog } from "../src/index.js";
import { appendAtLast, describeOnNats, entry, follow, freshStream, logOn, until } from "./support.js";

describeOnNats("a limit of the server", (startNats) => {
  let engine: Engine;
  let nc: NatsConnection;
  const logs: NatsLog[] = [];

  beforeAll(async () => {
    engine = await startNats();
    nc = await connect({ servers: `127.0.0.1:${engine.port}` });
  });
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });
  afterAll(async () => {
    await nc.close();
    await engine.dispose();
  });

  function open(options: Parameters<typeof logOn>[1]): NatsLog {
    const log = logOn(engine, options);
    logs.push(log);
    return log;
  }

  describe("on headers is the event's fault, and nothing is sent", () => {
    test.each([
      ["a long key", { ...entry("x"), conflateKey: "k".repeat(70_000) }],
      ["a long name", { ...entry("x"), event: "e".repeat(70_000) }],
      [
        "many topics",
        { data: "x", channels: Array.from({ length: 500 }, (_, i) => topicChannel(`${i}`.padEnd(200, "x"))) },
      ],
    ])("of %s", async (_, large) => {
      const log = open({ stream: freshStream() });
      await expect(log.append(large)).rejects.toMatchObject({ code: "too-large" });
      expect(await log.append(entry("small"))).toMatch(/-1-/);
    });

    test("and headers just below it are accepted", async () => {
      const log = open({ stream: freshStream() });
      await log.append({ ...entry("x"), conflateKey: "k".repeat(65_000) });
    });
  });

  test("on consumers makes an instance that cannot follow unavailable, with the fix", async () => {
    const stream = freshStream();
    const first = open({ stream, heartbeat: 200 });
    await first.append(entry("makes the stream"));
    await first.close();
    const { config } = (await nc.request(`$JS.API.STREAM.INFO.${stream}`)).json<{ config: object }>();
    await nc.request(`$JS.API.STREAM.DELETE.${stream}`);
    await nc.request(`$JS.API.STREAM.CREATE.${stream}`, JSON.stringify({ ...config, max_consumers: 1 }));
    const log = open({ stream, heartbeat: 200 });
    const tail = await follow(log);
    await log.append(entry("followed"));
    await until(() => tail.calls.at(-1) === "followed");
    const second = open({ stream, heartbeat: 200 });
    const errors: unknown[] = [];
    second.follow({ reset() {}, entries() {}, passed() {}, error: (error) => errors.push(error) });
    const unavailable = {
      code: "log-unavailable",
      message: expect.stringContaining("raise max_consumers"),
    };
    await expect(second.append(entry("x"))).rejects.toMatchObject(unavailable);
    await until(() => errors.length > 0);
    expect(errors).toEqual([expect.objectContaining(unavailable)]);
    await log.close();
    // Its consumer ends, and the second instance takes its place.
    await appendAtLast(second, entry("y"));
  });

  describe("or a setting of the stream that breaks a promise", () => {
    async function create(config: object): Promise<string> {
      const stream = freshStream();
      const base = { name: stream, subjects: [`${stream}.all`], storage: "file" };
      const reply = await nc.request(
        `$JS.API.STREAM.CREATE.${stream}`,
        JSON.stringify({ ...base, ...config }),
      );
      expect(reply.string()).not.toContain('"error"');
      return stream;
    }

    test.each([
      ["retention", { retention: "interest" }, {}],
      ["discard", { discard: "new" }, {}],
      ["memory", { storage: "memory" }, { durable: true }],
      ["sources", { sources: [{ name: "another" }] }, {}],
    ])("is named once, with the fix: %s", async (setting, config, options) => {
      const log = open({ stream: await create(config), heartbeat: 100, ...options });
      const tail = await follow(log);
      await until(() => tail.errors.length > 0);
      const next = await follow(log);
      await until(() => next.resets.length > 0);
      expect(tail.errors).toEqual([
        expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(setting) }),
      ]);
    });

    test.each([
      ["no_ack", { no_ack: true }],
      ["mirror", { mirror: { name: "another" }, subjects: undefined }],
    ])("makes an instance unavailable if nothing would be stored: %s", async (setting, config) => {
      const log = open({ stream: await create(config) });
      await expect(log.append(entry("x"))).rejects.toMatchObject({
        code: "log-unavailable",
        message: expect.stringContaining(setting),
      });
    });
  });

  test("on the size of a page is the log's own, and reads use the connection for reads", async () => {
    const readConnection = await connect({ servers: `127.0.0.1:${engine.port}` });
    const log = createNatsLog({ connection: nc, readConnection, stream: freshStream() });
    logs.push(log);
    const tail = await follow(log);
    const start = await log.head();
    for (let i = 0; i < 10; i += 1) await log.append(entry("x".repeat(20_000)));
    await until(() => tail.entries.length === 10);
    const reading = { channels: new Set([topicChannel("a")]), through: tail.head, limit: 256 };
    expect((await log.read(start, reading)).entries).toHaveLength(3);
    expect(readConnection.stats().inBytes).toBeGreaterThan(3 * 20_000);
    await readConnection.close();
  });
});
