import { setTimeout as delay } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { CuttableLink, type Engine } from "@sse/engines";
import { type Position, type RunLog, runChannel } from "@sse/hub/log";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { NatsLog } from "../src/index.js";
import { describeOnNats, freshStream, logOn, until } from "./support.js";

const long = 86_400_000;

describeOnNats("runs", (startNats) => {
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

  function open(stream: string, at: { port: number } = engine): NatsLog {
    const log = logOn(at, { stream, durable: true, heartbeat: 100 });
    logs.push(log);
    return log;
  }

  async function append(runs: RunLog, run: string, data: string, ttl: number, after: Position = "") {
    const [position] = await runs.append(runChannel(run), [{ data }], { after, ttl });
    return position!;
  }

  /** Starts a run as soon as the log has noticed that its stream is another one. */
  async function appendAfterReset(runs: RunLog, run: string, data: string): Promise<Position> {
    for (;;) {
      const position = await append(runs, run, data, long).catch(() => undefined);
      if (position !== undefined) return position;
      await delay(20);
    }
  }

  /** Follows the runs, and returns the followed head. */
  async function followed(runs: RunLog): Promise<() => Position> {
    let head = "";
    runs.follow({
      reset: (position) => {
        head = position;
      },
      entries: (entries) => {
        head = entries.at(-1)!.position;
      },
      passed: (position) => {
        head = position;
      },
      error() {},
    });
    await until(() => head !== "");
    return () => head;
  }

  async function readRun(runs: RunLog, run: string, start: Position, through: Position) {
    const page = await runs.read(start, { channels: new Set([runChannel(run)]), through, limit: 100 });
    return { data: page.entries.map(({ data }) => data), gap: page.gap?.reason };
  }

  async function messages(stream: string): Promise<number> {
    const info = await nc.request(`$JS.API.STREAM.INFO.${stream}-runs`, "", { timeout: 60_000 });
    return info.json<{ state: { messages: number } }>().state.messages;
  }

  test("take nothing on the server before they are used", async () => {
    const stream = freshStream();
    const log = open(stream);
    await log.append({ channels: ["*"], data: "x" });
    expect((await nc.request(`$JS.API.STREAM.INFO.${stream}-runs`)).string()).toContain("stream not found");
  });

  test("are released by an instance that starts after all others have ended", async () => {
    const stream = freshStream();
    const first = open(stream);
    await append(first.runs, "kept", "x", long);
    await append(first.runs, "short", "x", 100);
    await first.close();
    const later = open(stream);
    await followed(later.runs);
    while ((await messages(stream)) > 1);
    const head = await followed(later.runs);
    expect(await readRun(later.runs, "kept", "", head())).toMatchObject({ data: ["x"] });
  });

  test("that were ended, and not purged by an instance that died, are purged by the next one", async () => {
    const stream = freshStream();
    const first = open(stream);
    const last = await append(first.runs, "a", "x", long);
    await first.close();
    const [, offset = ""] = last.split("-");
    const { headers } = await import("@nats-io/nats-core");
    const fields = headers();
    fields.set("Sse-Release", "1");
    fields.set("Nats-Expected-Last-Subject-Sequence", offset);
    await nc.request(`${stream}.run.a`, "", { headers: fields, timeout: 100_000 });
    expect(await messages(stream)).toBe(2);
    const next = open(stream);
    const head = await followed(next.runs);
    expect(await readRun(next.runs, "a", "", head())).toMatchObject({ data: [] });
    while ((await messages(stream)) > 0);
    await append(next.runs, "a", "new", long);
  });

  test("that reuse the name of one that was ended, and not purged yet, are kept and released in their turn", async () => {
    const stream = freshStream();
    const first = open(stream);
    const old = await append(first.runs, "a", "old", 1);
    const head = await followed(first.runs);
    await until(() => first.runs.compare(head(), old) >= 0);
    while ((await readRun(first.runs, "a", "", head())).data.length > 0);
    await append(first.runs, "a", "new", long);
    const later = open(stream);
    const laterHead = await followed(later.runs);
    expect(await readRun(later.runs, "a", "", laterHead())).toMatchObject({ data: ["new"] });
    while ((await messages(stream)) > 1);
    expect(await readRun(later.runs, "a", old, laterHead())).toMatchObject({ data: ["new"] });
    expect(await readRun(first.runs, "a", old, head())).toMatchObject({ data: ["new"] });
    const [newest] = (await first.runs.read("", { channels: new Set(["run:a"]), through: head(), limit: 9 }))
      .entries;
    await append(first.runs, "a", "last", 1, newest!.position);
    while ((await messages(stream)) > 0);
  });

  test("that reuse a name in another stream are not purged with what was ended in the one before", async () => {
    const stream = freshStream();
    const first = open(stream);
    const last = await append(first.runs, "other", "x", long);
    const newest = await append(first.runs, "other", "x", long, last);
    await append(first.runs, "a", "old", 1);
    const head = await followed(first.runs);
    // The message that ended it is stored, and the purge follows a second later.
    await until(() => first.runs.compare(head(), newest) > 0);
    while ((await messages(stream)) < 4);
    await nc.request(`$JS.API.STREAM.DELETE.${stream}-runs`, "", { timeout: 60_000 });
    const fresh = await appendAfterReset(first.runs, "a", "new");
    await delay(2_000);
    await until(() => first.runs.compare(head(), fresh) >= 0);
    expect(await readRun(first.runs, "a", "", head())).toMatchObject({ data: ["new"] });
  });

  test("that were released before an instance starts are a gap for those who saw them, and no others", async () => {
    const stream = freshStream();
    const first = open(stream);
    const released = await append(first.runs, "short", "x", long);
    await append(first.runs, "short", "y", 100, released);
    const kept = await append(first.runs, "kept", "1", long);
    await append(first.runs, "kept", "2", long, kept);
    while ((await messages(stream)) > 2);
    const later = open(stream);
    const head = await followed(later.runs);
    expect(await readRun(later.runs, "short", released, head())).toEqual({ data: [], gap: "evicted" });
    expect(await readRun(later.runs, "kept", kept, head())).toEqual({ data: ["2"], gap: undefined });
  });

  test("that are released while an instance is cut off leave its other runs without a gap", async () => {
    const stream = freshStream();
    const link = await CuttableLink.to(engine.port);
    const [cut, other] = [open(stream, link), open(stream)];
    const kept = await append(other.runs, "kept", "1", long);
    const released = await append(other.runs, "short", "x", long);
    const head = await followed(cut.runs);
    await until(() => cut.runs.compare(head(), released) >= 0);
    link.sever();
    await append(other.runs, "short", "y", 1, released);
    while ((await messages(stream)) > 1);
    link.mend();
    const last = await append(other.runs, "kept", "2", long, kept);
    await until(() => cut.runs.compare(head(), last) >= 0);
    expect(await readRun(cut.runs, "kept", kept, last)).toEqual({ data: ["2"], gap: undefined });
    expect(await readRun(cut.runs, "short", released, last)).toEqual({ data: [], gap: "evicted" });
    await link.close();
  });
});
