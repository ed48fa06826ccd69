import { describe, expect, it, vi } from "vitest";
import { createHub, createMemoryLog, type HubOptions } from "../src/index.js";
import type { LogPage } from "../src/log/event-log.js";
import { ManualClock, settle } from "./support/clock.js";
import { openStream } from "./support/sink.js";

/** A hub with one connection that takes nothing more and has no room left. */
async function withStalledClient(options: HubOptions = {}) {
  const clock = new ManualClock();
  const hub = createHub({ clock, ...options });
  const { stream, sink } = openStream(clock, { capacity: 100 });
  const connection = hub.connect(stream, { topics: ["t"] });
  sink.stall();
  await publish("fills the sink ".repeat(10));
  return { clock, hub, sink, connection, publish, data };

  async function publish(data: string, conflateKey?: string): Promise<void> {
    await hub.publish("t", { data }, conflateKey === undefined ? {} : { conflateKey });
    clock.endTick();
    await settle();
  }

  /** The data of the application's events that were written. */
  function data(): (string | undefined)[] {
    return sink.blocks
      .filter(({ type, data }) => type === "message" && data !== undefined)
      .map((block) => block.data);
  }
}

describe("catch-up", () => {
  it("gives a reader that was behind every event once its client takes them", async () => {
    const { sink, publish, data, connection, hub } = await withStalledClient();
    const lost = vi.fn();
    hub.on("dropped", lost);
    hub.on("conflated", lost);
    for (const name of ["one", "two", "three"]) await publish(name, "k");
    expect(connection.state).toBe("catching-up");
    sink.flow();
    await settle();
    expect(data().slice(1)).toEqual(["one", "two", "three"]);
    expect(lost).not.toHaveBeenCalled();
    expect(connection.state).toBe("live");
  });
});

describe("initial events that leave no room", () => {
  it("make a reader catch up, which has not lagged", async () => {
    const clock = new ManualClock();
    const hub = createHub({ clock, slowReader: { policy: "disconnect" } });
    const { stream, sink } = openStream(clock, { capacity: 200 });
    sink.stall();
    // Fewer characters than there is room for, and more bytes.
    const connection = hub.connect(stream, { topics: ["t"], initial: [{ data: "é".repeat(100) }] });
    await hub.publish("t", { data: "next" });
    clock.endTick();
    expect(connection.state).toBe("catching-up");
    sink.flow();
    await settle();
    expect(connection.state).toBe("live");
    expect(sink.text).toContain("data: next");
  });
});

describe("a reader that is behind", () => {
  it("gets nothing of a topic that was subscribed and unsubscribed meanwhile", async () => {
    const { clock, hub, sink, publish, data, connection } = await withStalledClient();
    await publish("missed");
    connection.subscribe("late");
    await hub.publish("late", { data: "not for it" });
    clock.endTick();
    connection.unsubscribe("late");
    sink.flow();
    await settle();
    await hub.publish("late", { data: "nor this" });
    clock.endTick();
    await publish("next");
    expect(data().slice(1)).toEqual(["missed", "next"]);
  });

  it("is one without any room, to the byte", async () => {
    const clock = new ManualClock();
    const hub = createHub({ clock });
    const { stream, sink } = openStream(clock, { capacity: 100 });
    const connection = hub.connect(stream);
    sink.stall();
    const frameOf = (data: string, id: string) => Buffer.byteLength(`id: ${id}\ndata: ${data}\n\n`);
    const id = await hub.broadcast({ data: "" });
    await hub.broadcast({ data: "x".repeat(100 - frameOf("", id) - frameOf("", id)) });
    clock.endTick();
    expect(sink.room).toBe(0);
    expect(connection.state).toBe("live");
    await hub.broadcast({ data: "more" });
    clock.endTick();
    expect(connection.state).toBe("catching-up");
  });
});

describe("a Last-Event-ID that is no position", () => {
  it("is not shown to the log", async () => {
    const log = createMemoryLog();
    const read = vi.spyOn(log, "read");
    const clock = new ManualClock();
    const { stream, sink } = openStream(clock, { lastEventId: "../../etc\u0000" });
    createHub({ clock, log }).connect(stream);
    await settle();
    expect(read.mock.calls.map(([start]) => start)).toEqual([""]);
    expect(sink.blocks.map(({ type }) => type)).toContain("sse:gap");
  });
});

describe("conflate", () => {
  const options: HubOptions = { slowReader: { policy: "conflate" } };

  it("gives a reader that was behind only the newest event of a key, at its own place", async () => {
    const { sink, publish, data, hub } = await withStalledClient(options);
    const conflated = vi.fn();
    hub.on("conflated", conflated);
    await publish("A1", "A");
    await publish("B1", "B");
    await publish("A2", "A");
    await publish("plain");
    await publish("A3", "A");
    sink.flow();
    await settle();
    expect(data().slice(1)).toEqual(["B1", "plain", "A3"]);
    expect(conflated).toHaveBeenCalledTimes(1);
    expect(conflated.mock.calls[0]?.[0]).toMatchObject({ events: 2 });
    expect(hub.stats()).toMatchObject({ conflated: 2, replayed: 3 });
  });

  it("leaves the same key of another audience alone", async () => {
    const { clock, sink, publish, data, hub } = await withStalledClient(options);
    await publish("topic", "A");
    await hub.broadcast({ data: "everyone" }, { conflateKey: "A" });
    clock.endTick();
    await settle();
    sink.flow();
    await settle();
    expect(data().slice(1)).toEqual(["topic", "everyone"]);
  });

  it("leaves out nothing for a reader that is live", async () => {
    const { sink, publish, data } = await withStalledClient(options);
    sink.flow();
    await settle();
    await publish("A1", "A");
    await publish("A2", "A");
    expect(data().slice(1)).toEqual(["A1", "A2"]);
  });
});

describe("what is read for a client that reads slowly", () => {
  it.each(["catch-up", "conflate"] as const)(
    "is about as much as it receives, with the policy %s",
    async (policy) => {
      const log = createMemoryLog();
      const pages = vi.spyOn(log, "read");
      const { sink, publish, data, connection } = await withStalledClient({
        log,
        window: { maxEvents: 1 },
        slowReader: { policy, stallTimeout: 0 },
      });
      for (let i = 0; i < 200; i += 1) await publish("x".repeat(40), `${i}`);
      while (connection.state !== "live") {
        sink.take();
        await settle();
      }
      const results = await Promise.all(pages.mock.results.map(({ value }) => value as Promise<LogPage>));
      const read = results.flatMap(({ entries }) => entries).length;
      expect(data()).toHaveLength(201);
      expect(read).toBeLessThan(1.1 * 201);
    },
  );
});

describe("an event that the reader's connection does not receive", () => {
  it("replaces none of those that it does", async () => {
    const { clock, hub, sink, publish, data, connection } = await withStalledClient({
      slowReader: { policy: "conflate" },
    });
    await publish("for all", "k");
    await hub.publish("t", { data: "for others" }, { conflateKey: "k", except: connection.id });
    clock.endTick();
    sink.flow();
    await settle();
    expect(data().slice(1)).toEqual(["for all"]);
  });
});

describe("disconnect", () => {
  it("ends a reader that falls behind with a short retry, and its client resumes without loss", async () => {
    const { clock, hub, sink, publish, connection } = await withStalledClient({
      slowReader: { policy: "disconnect" },
    });
    const disconnect = vi.fn();
    const lagging = vi.fn();
    hub.on("disconnect", disconnect);
    hub.on("lagging", lagging);
    await publish("missed");
    expect(connection.state).toBe("closed");
    expect(lagging).toHaveBeenCalledWith({ connection });
    expect(disconnect).toHaveBeenCalledWith({ connection, reason: "lagging" });
    const last = sink.blocks.at(-1);
    expect(last?.retry).toBe(500);
    expect(sink.ending).toBe("closed");

    const shown = sink.blocks.findLast(({ id }) => id !== undefined)?.id ?? "";
    const again = openStream(clock, { lastEventId: shown });
    hub.connect(again.stream, { topics: ["t"] });
    await settle();
    const resumed = again.sink.blocks.filter(({ type }) => type === "message" || type === "sse:gap");
    expect(resumed.filter(({ data }) => data !== undefined).map(({ data }) => data)).toEqual(["missed"]);
  });
});

describe("the stall deadline", () => {
  it("destroys a connection that takes nothing, and not before", async () => {
    const { clock, hub, sink, publish, connection } = await withStalledClient({
      slowReader: { stallTimeout: 5_000 },
      heartbeat: { interval: 0 },
    });
    const disconnect = vi.fn();
    hub.on("disconnect", disconnect);
    await publish("more");
    await clock.pass(4_999);
    expect(sink.ending).toBeUndefined();
    await clock.pass(1);
    expect(sink.ending).toBe("destroyed");
    expect(disconnect).toHaveBeenCalledWith({ connection, reason: "stalled" });
    expect(clock.timers).toBe(0);
  });

  it("is off at 0", async () => {
    const { clock, sink, publish } = await withStalledClient({ slowReader: { stallTimeout: 0 } });
    await publish("more");
    await clock.pass(3_600_000);
    expect(sink.ending).toBeUndefined();
  });

  it("begins with a heartbeat where nothing more is published", async () => {
    const clock = new ManualClock();
    const hub = createHub({
      clock,
      slowReader: { stallTimeout: 5_000 },
      heartbeat: { interval: 1_000 },
    });
    const lagging = vi.fn();
    const disconnect = vi.fn();
    hub.on("lagging", lagging);
    hub.on("disconnect", disconnect);
    const { stream, sink } = openStream(clock, { capacity: 100 });
    const connection = hub.connect(stream);
    sink.stall();
    await hub.broadcast({ data: "fills the sink ".repeat(10) });
    clock.endTick();
    expect(connection.state).toBe("live");
    await clock.pass(1_000);
    expect(lagging.mock.calls).toEqual([[{ connection }]]);
    expect(hub.stats().lagging).toBe(1);
    await clock.pass(4_999);
    expect(disconnect).not.toHaveBeenCalled();
    await clock.pass(1);
    expect(disconnect.mock.calls).toEqual([[{ connection, reason: "stalled" }]]);
  });

  it("that a heartbeat began is over once the client takes what was written, and nothing comes twice", async () => {
    const { clock, sink, publish, data, connection } = await withStalledClient({
      slowReader: { stallTimeout: 60_000 },
    });
    await clock.pass(15_000);
    expect(connection.state).toBe("catching-up");
    sink.flow();
    await settle();
    expect(connection.state).toBe("live");
    await publish("next");
    expect(data().slice(1)).toEqual(["next"]);
  });
});
