import { describe, expect, test } from "vitest";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import { settle } from "../support/clock.js";
import { type TestClient, testHub } from "../support/hub.js";
import { InstanceLog } from "../support/instance-log.js";
import { openStream } from "../support/sink.js";

const interval = 1_000;

/** Returns what was written to a client after a point in its stream. */
function since(client: TestClient, writes: number): string {
  return client.sink.writes
    .slice(writes)
    .map((bytes) => new TextDecoder().decode(bytes))
    .join("");
}

describe("the heartbeat timer", () => {
  test("is one for all connections, and runs only while there are some", async () => {
    const { clock, join } = testHub({ heartbeat: { interval } });
    expect(clock.timers).toBe(0);
    const clients = [join(), join(), join()];
    expect(clock.timers).toBe(1);
    await clock.pass(5 * interval);
    expect(clock.timers).toBe(1);
    for (const { sink } of clients) sink.leave();
    await settle();
    expect(clock.timers).toBe(0);
    join();
    expect(clock.timers).toBe(1);
  });

  test("does not run for a client that left before it was registered", async () => {
    const { clock, hub } = testHub({ heartbeat: { interval } });
    const destroyed = openStream(clock);
    destroyed.stream.destroy();
    hub.connect(destroyed.stream);
    expect(clock.timers).toBe(0);
    const left = openStream(clock);
    left.sink.leave();
    hub.connect(left.stream);
    await settle();
    expect(clock.timers).toBe(0);
  });

  test("does not run with interval 0", async () => {
    const { clock, join } = testHub({ heartbeat: { interval: 0 } });
    const client = join();
    const writes = client.sink.writes.length;
    expect(clock.timers).toBe(0);
    await clock.pass(100_000);
    expect(since(client, writes)).toBe("");
  });
});

describe("a heartbeat", () => {
  test("goes to those to which nothing was written since the last one", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval } });
    const [busy, idle] = [join({ topics: ["a"] }), join()];
    await clock.pass(interval);
    const writes = [busy.sink.writes.length, idle.sink.writes.length];
    await hub.publish("a", { data: "x" });
    await tick();
    await clock.pass(interval);
    expect(since(busy, writes[0]!)).toContain("data: x");
    expect(since(busy, writes[0]!)).not.toContain(":\n");
    expect(since(idle, writes[1]!)).not.toBe("");
  });

  test("is a comment while there is nothing to say", async () => {
    const { clock, join } = testHub({ heartbeat: { interval } });
    const client = join();
    await clock.pass(interval);
    const writes = client.sink.writes.length;
    await clock.pass(3 * interval);
    expect(since(client, writes)).toBe(":\n".repeat(3));
  });

  test("is an event and padded if so wanted", async () => {
    const { clock, join } = testHub({ heartbeat: { interval, kind: "event", padding: 64 } });
    const client = join();
    await clock.pass(2 * interval);
    const [beat] = client.said("sse:heartbeat");
    expect(beat).toMatchObject({ data: "", id: undefined, comments: [" ".repeat(65)] });
  });

  test("of the kind event comes also where an id-only frame is due, because only the event is seen", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval, kind: "event" } });
    const client = join();
    await clock.pass(interval);
    await hub.publish("elsewhere", { data: "x" });
    await tick();
    await clock.pass(interval);
    expect(client.said("sse:heartbeat")).toHaveLength(1);
    expect(client.lastId).toBe(hub.position());
  });

  test("is not written to a client without room", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval }, slowReader: { stallTimeout: 0 } });
    const client = join(undefined, { capacity: 100 });
    client.sink.stall();
    await hub.broadcast({ data: "x".repeat(200) });
    await tick();
    const writes = client.sink.writes.length;
    await clock.pass(5 * interval);
    expect(client.sink.writes).toHaveLength(writes);
  });

  test("comes also while the hub has not reached its log", async () => {
    const { log } = testHub();
    const unreached: EventLog = {
      append: (entry) => log.append(entry),
      read: (start, options) => log.read(start, options),
      head: () => log.head(),
      compare: (a, b) => log.compare(a, b),
      close: () => log.close(),
      follow: () => () => {},
    };
    const { clock, join } = testHub({ log: unreached, heartbeat: { interval } });
    const client = join();
    await clock.pass(2 * interval);
    expect(client.sink.text).toContain(":\n");
    expect(client.lastId).toBe("");
  });
});

describe("an id-only frame", () => {
  test("moves a quiet reader's id to the head, and a resume from there has no gap", async () => {
    const { hub, clock, join, tick } = testHub({
      heartbeat: { interval },
      bounds: { maxEventsPerTopic: 2 },
    });
    const quiet = join({ topics: ["quiet"] });
    for (let i = 0; i < 10; i += 1) await hub.publish("noisy", { data: String(i) });
    await tick();
    await clock.pass(2 * interval);
    expect(quiet.lastId).toBe(hub.position());
    quiet.sink.leave();
    await settle();
    const resumed = join({ topics: ["quiet"] }, { lastEventId: quiet.lastId });
    await settle();
    expect(resumed.said("sse:gap")).toEqual([]);
    expect(resumed.connection.state).toBe("live");
  });

  test("dispatches nothing", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval } });
    const quiet = join();
    const { length } = quiet.sink.blocks;
    await hub.publish("noisy", { data: "x" });
    await tick();
    await clock.pass(2 * interval);
    expect(quiet.sink.blocks.slice(length).map(({ data }) => data)).toEqual(
      quiet.sink.blocks.slice(length).map(() => undefined),
    );
  });

  test("is not sent where an id went out since the last heartbeat, nor where the client has it already", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval } });
    const client = join({ topics: ["a"] });
    await clock.pass(interval);
    await hub.publish("a", { data: "x" });
    await hub.publish("b", { data: "y" });
    await tick();
    const writes = client.sink.writes.length;
    await clock.pass(interval);
    expect(since(client, writes)).toBe("");
    await clock.pass(interval);
    expect(since(client, writes)).toBe(`id: ${hub.position()}\n\n`);
    await clock.pass(interval);
    expect(since(client, writes)).toBe(`id: ${hub.position()}\n\n:\n`);
  });

  test("never goes ahead of what waits to be flushed", async () => {
    const { hub, clock, join } = testHub({ heartbeat: { interval }, flushInterval: 10 * interval });
    const client = join({ topics: ["a"] });
    await clock.pass(interval);
    const before = hub.position();
    await hub.publish("a", { data: "x" });
    await clock.pass(3 * interval);
    expect(client.lastId).toBe(before);
    await clock.pass(10 * interval);
    expect(client.data).toEqual(["x"]);
    expect(client.lastId).toBe(hub.position());
  });

  test("never goes ahead of what a burst left for the next write", async () => {
    const { hub, clock, join } = testHub({
      heartbeat: { interval },
      flushInterval: 10 * interval,
      slowReader: { maxBatchBytes: 100 },
    });
    const [client, other] = [join({ topics: ["a"] }), join({ topics: ["b"] })];
    await clock.pass(interval);
    await hub.publish("b", { data: "x".repeat(60) });
    await hub.publish("a", { data: "y".repeat(60) });
    await clock.pass(2 * interval);
    expect(other.data).toHaveLength(1);
    expect(client.data).toEqual([]);
    const resumed = join({ topics: ["a"] }, { lastEventId: client.lastId });
    await clock.pass(10 * interval);
    expect(resumed.data).toHaveLength(1);
  });

  test("is not sent to a reader that still reads the log, only life is shown", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { gate: "before" });
    const { hub, clock, join } = testHub({ log: view, heartbeat: { interval }, window: { maxEvents: 1 } });
    const start = hub.position();
    for (const data of ["1", "2", "3"]) await hub.broadcast({ data });
    const client = join({ lastEventId: start });
    await clock.pass(3 * interval);
    expect(client.lastId).toBe("");
    expect(client.sink.text).toContain(":\n");
    view.openGate();
    await settle();
    expect(client.data).toEqual(["1", "2", "3"]);
  });

  test("is not sent to a reader that lags", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval }, slowReader: { stallTimeout: 0 } });
    const client = join(undefined, { capacity: 100 });
    client.sink.stall();
    await hub.broadcast({ data: "1".repeat(100) });
    await tick();
    const shown = client.lastId;
    await hub.broadcast({ data: "2" });
    await hub.publish("elsewhere", { data: "3" });
    await tick();
    await clock.pass(5 * interval);
    expect(client.lastId).toBe(shown);
    client.sink.flow();
    await settle();
    expect(client.data).toHaveLength(2);
  });
});
