import { EventStream, SseError } from "@sse/core";
import { describe, expect, it, vi } from "vitest";
import { createHub, createMemoryLog, type EventLog, type HubOptions } from "../src/index.js";
import { ManualClock, settle } from "./support/clock.js";
import { FakeSink, openStream } from "./support/sink.js";

function setUp(options: HubOptions = {}) {
  const clock = new ManualClock();
  const hub = createHub({ clock, heartbeat: { interval: 0 }, ...options });
  const join = (user?: string, expires?: Date) => {
    const { stream, sink } = openStream(clock);
    const subscription = { ...(user !== undefined && { user }), ...(expires !== undefined && { expires }) };
    return { sink, connection: hub.connect(stream, subscription) };
  };
  return { clock, hub, join };
}

describe("connections over a limit", () => {
  it("are refused softly: why, a retry between 5 and 15 seconds, and the end; old ones stay", () => {
    const { hub, join } = setUp({ limits: { connections: 2 } });
    const refused = vi.fn();
    hub.on("refused", refused);
    const [first, second, third] = [join(), join(), join()];
    expect([first, second, third].map(({ connection }) => connection.state)).toEqual([
      "live",
      "live",
      "closed",
    ]);
    const [told] = third.sink.blocks;
    expect(told).toMatchObject({ type: "sse:refused", data: '{"reason":"connections"}', id: undefined });
    expect(told?.retry).toBeGreaterThanOrEqual(5_000);
    expect(told?.retry).toBeLessThanOrEqual(15_000);
    expect(third.sink.ending).toBe("closed");
    expect(refused).toHaveBeenCalledWith({ user: undefined, reason: "connections" });
    expect(hub.stats()).toMatchObject({ connections: 2, refused: 1 });
    expect(hub.connectionCount()).toBe(2);
  });

  it("of one user are refused, and of others not; a place that becomes free is given again", async () => {
    const { hub, join } = setUp({ limits: { connectionsPerUser: 1 } });
    const ann = join("ann");
    expect(join("ann").sink.blocks[0]?.data).toBe('{"reason":"connections-per-user"}');
    expect(join("bob").connection.state).toBe("live");
    expect(hub.users()).toEqual(["ann", "bob"]);
    ann.sink.leave();
    await settle();
    expect(join("ann").connection.state).toBe("live");
  });

  it("are answered 503 with Retry-After if so configured, and nothing is written", () => {
    const { clock, hub, join } = setUp({ limits: { connections: 1, refusal: "status" } });
    join();
    const { stream, sink } = openStream(clock);
    expect(() => hub.connect(stream)).toThrow(
      expect.objectContaining({ code: "refused", status: 503, headers: { "Retry-After": "10" } }),
    );
    expect(sink.writes).toEqual([]);
  });

  it("are any number at 0", () => {
    const { hub, join } = setUp({ limits: { connections: 0, connectionsPerUser: 0 } });
    for (let count = 0; count < 50; count += 1) join("ann");
    expect(hub.connectionCount()).toBe(50);
  });

  it("in a flood are destroyed without a word", () => {
    class LingeringSink extends FakeSink {
      override close(): void {
        this.ending ??= "closed";
      }
    }
    const { hub, join } = setUp({ limits: { connections: 1 } });
    join();
    const sinks = Array.from({ length: 1_001 }, () => new LingeringSink());
    for (const sink of sinks) hub.connect(new EventStream(sink, { heartbeat: 0 }));
    expect(sinks[999]?.ending).toBe("closed");
    expect(sinks[1_000]).toMatchObject({ ending: "destroyed", writes: [] });
  });

  it("after a flood are told again, as soon as those before them have gone", async () => {
    const { hub, join } = setUp({ limits: { connections: 1 } });
    join();
    for (let count = 0; count < 1_001; count += 1) join();
    await settle();
    expect(join().sink.blocks[0]?.type).toBe("sse:refused");
    expect(hub.stats().refused).toBe(1_002);
  });
});

describe("the end of a right", () => {
  it("closes the connection within a second after `expires`, with a retry", async () => {
    const { clock, hub, join } = setUp();
    const disconnect = vi.fn();
    hub.on("disconnect", disconnect);
    const { sink, connection } = join("ann", new Date(clock.now() + 10_500));
    await clock.pass(10_499);
    expect(connection.state).toBe("live");
    await clock.pass(1_000);
    expect(connection.state).toBe("closed");
    expect(disconnect).toHaveBeenCalledWith({ connection, reason: "expired" });
    expect(sink.blocks.at(-1)?.retry).toBe(2_500);
    expect(clock.timers).toBe(0);
  });

  it("that has passed already refuses it", () => {
    const { clock, join } = setUp();
    expect(() => join("ann", new Date(clock.now() - 1))).toThrow(
      expect.objectContaining({ code: "refused", status: 401 }),
    );
  });

  it("leaves no timer behind when the client goes first", async () => {
    const { clock, join } = setUp();
    join("ann", new Date(clock.now() + 10_000)).sink.leave();
    await settle();
    expect(clock.timers).toBe(0);
  });

  it("must be a valid date", () => {
    const { join } = setUp();
    expect(() => join("ann", new Date("never"))).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});

describe("maxConnectionAge", () => {
  it.each([
    [0, 8_000],
    [0.999, 9_998],
  ])("ends a connection in the last fifth of it (chance %f)", async (chance, age) => {
    const { clock, hub, join } = setUp({ maxConnectionAge: 10_000 });
    clock.chance = chance;
    const disconnect = vi.fn();
    hub.on("disconnect", disconnect);
    const { connection } = join();
    await clock.pass(age - 1);
    expect(connection.state).toBe("live");
    await clock.pass(1_001);
    expect(disconnect).toHaveBeenCalledWith({ connection, reason: "aged" });
  });
});

describe("appends in flight", () => {
  /** A log that answers when the test says so. */
  function heldLog(): { log: EventLog; answer: () => void } {
    const memory = createMemoryLog();
    const waiting: (() => void)[] = [];
    const log: EventLog = {
      append: async (entry, options) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return memory.append(entry, options);
      },
      read: (start, options) => memory.read(start, options),
      follow: (follower) => memory.follow(follower),
      head: () => memory.head(),
      compare: (a, b) => memory.compare(a, b),
      close: () => memory.close(),
    };
    const answer = () => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    return { log, answer };
  }

  it("are bounded: one more rejects with `overloaded`, and later ones are taken again", async () => {
    const { log, answer } = heldLog();
    const { hub } = setUp({ log, limits: { appendsInFlight: 2 } });
    hub.on("error", () => {});
    const published = [hub.broadcast({ data: "1" }), hub.broadcast({ data: "2" })];
    await expect(hub.broadcast({ data: "3" })).rejects.toMatchObject({ code: "overloaded" });
    answer();
    await Promise.all(published);
    const next = hub.broadcast({ data: "4" });
    answer();
    await expect(next).resolves.toMatch(/-3$/);
    expect(hub.stats()).toMatchObject({ published: 3, failed: 1 });
  });

  it("to a memory log are not bounded, for none of them waits", async () => {
    const { hub } = setUp({ limits: { appendsInFlight: 2 } });
    const published = ["1", "2", "3"].map((data) => hub.broadcast({ data }));
    expect((await Promise.all(published)).at(-1)).toMatch(/-3$/);
  });

  it("that take longer than `timeout` reject with `append-timeout`, and may be published all the same", async () => {
    const { log, answer } = heldLog();
    const { clock, hub, join } = setUp({ log });
    hub.on("error", () => {});
    const { sink } = join();
    const published = expect(hub.broadcast({ data: "late" }, { timeout: 1_000 })).rejects.toMatchObject({
      code: "append-timeout",
    });
    await clock.pass(1_000);
    await published;
    answer();
    await settle();
    clock.endTick();
    expect(sink.blocks.at(-1)?.data).toBe("late");
    expect(clock.timers).toBe(0);
  });

  it("are given up by a signal with its reason", async () => {
    const { log } = heldLog();
    const { hub } = setUp({ log });
    hub.on("error", () => {});
    const abort = new AbortController();
    const published = hub.broadcast({ data: "x" }, { signal: abort.signal });
    abort.abort(new Error("no longer"));
    await expect(published).rejects.toThrow("no longer");
    await expect(hub.broadcast({ data: "y" }, { signal: abort.signal })).rejects.toThrow("no longer");
  });
});

describe("event bytes", () => {
  it("above the limit are refused with `too-large`, and reach no client", async () => {
    const { clock, hub, join } = setUp({ limits: { eventBytes: 10 } });
    hub.on("error", () => {});
    const { sink } = join();
    await expect(hub.broadcast({ data: "é".repeat(6) })).rejects.toBeInstanceOf(SseError);
    await expect(hub.broadcast({ event: "12345", data: "123456" })).rejects.toMatchObject({
      code: "too-large",
    });
    await hub.broadcast({ event: "12345", data: "12345" });
    clock.endTick();
    expect(sink.blocks.filter(({ type }) => !type.startsWith("sse:") && type !== "message")).toHaveLength(1);
  });
});

describe("the topics of a connection", () => {
  const limits = { topicsPerConnection: 3 };

  it("are refused with 400 above the limit, before anything is written and without reading on", () => {
    const { clock, hub } = setUp({ limits });
    const { stream, sink } = openStream(clock);
    let read = 0;
    const topics = (function* () {
      for (; ; read += 1) yield String(read);
    })();
    expect(() => hub.connect(stream, { topics })).toThrow(
      expect.objectContaining({ code: "refused", status: 400, field: "topics" }),
    );
    expect(read).toBe(3);
    expect(sink.writes).toEqual([]);
  });

  it("count once each, and are 1,000 by default", () => {
    const { clock, hub } = setUp();
    const topics = Array.from({ length: 1_000 }, (_, i) => String(i));
    const connect = (names: string[]) => hub.connect(openStream(clock).stream, { topics: names });
    expect(connect([...topics, "0"]).topics.size).toBe(1_000);
    expect(() => connect([...topics, "one more"])).toThrow(/1000 topics.*limits\.topicsPerConnection/);
  });

  it("are bounded on a live connection too, and any number at 0", async () => {
    const { clock, hub } = setUp({ limits });
    const connection = hub.connect(openStream(clock).stream, { topics: ["a", "b", "c"] });
    connection.subscribe("a");
    expect(() => connection.subscribe("d")).toThrow(
      expect.objectContaining({ code: "invalid-option", field: "topics" }),
    );
    expect(await hub.changeTopics(connection, { subscribe: ["d"], maxTopics: 9 })).toEqual({
      refusal: "too-many-topics",
    });
    expect(await hub.changeTopics(connection, { subscribe: ["d"], unsubscribe: ["a"] })).toEqual({
      topics: ["b", "c", "d"],
    });
    const unlimited = setUp({ limits: { topicsPerConnection: 0 } }).hub;
    const topics = Array.from({ length: 2_000 }, (_, i) => String(i));
    expect(unlimited.connect(openStream(clock).stream, { topics }).topics.size).toBe(2_000);
  });
});
