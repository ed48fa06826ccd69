import { describe, expect, test, vi } from "vitest";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { HubOptions } from "../../src/options.js";
import { settle } from "../support/clock.js";
import { recordHooks, type TestClient, type TestHub, testHub } from "../support/hub.js";
import { InstanceLog, type InstanceLogOptions } from "../support/instance-log.js";

/** A hub on an instance's view of a log. */
function instance(
  engine: EventLog,
  logOptions: InstanceLogOptions = {},
  options: HubOptions = {},
): TestHub & { view: InstanceLog } {
  const view = new InstanceLog(engine, 0, logOptions);
  const world = testHub({ log: view, heartbeat: { interval: 0 }, ...options });
  world.hub.on("error", () => {});
  return { ...world, view };
}

async function publishNumbers({ hub }: Pick<TestHub, "hub">, count: number, topic = "a"): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => hub.publish(topic, { data: String(i) }));
  return Promise.all(ids);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

function gapOf(client: TestClient): { reason: string; requested: string; oldest: string | null } {
  const gaps = client.said("sse:gap");
  expect(gaps).toHaveLength(1);
  return JSON.parse(gaps[0]!.data!);
}

describe("a reader without a start", () => {
  test("is live when connect returns, at the head, and says so", async () => {
    const world = testHub();
    await publishNumbers(world, 3);
    const client = world.join({ topics: ["a"] });
    expect(client.connection.state).toBe("live");
    const [live] = client.said("sse:live");
    expect(live!.id).toBe(world.hub.position());
    expect(JSON.parse(live!.data!)).toEqual({
      connection: client.connection.id,
      heartbeat: 15_000,
      replayed: 0,
    });
    await world.tick();
    expect(client.data).toEqual([]);
  });

  test("gets what is published from then on", async () => {
    const world = testHub();
    const client = world.join({ topics: ["a"] });
    await publishNumbers(world, 3);
    await world.tick();
    expect(client.data).toEqual(["0", "1", "2"]);
  });
});

describe("a reader that resumes", () => {
  test("gets what it missed, then goes live in the same turn", async () => {
    const world = testHub();
    const ids = await publishNumbers(world, 10);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    expect(client.connection.state).toBe("live");
    expect(client.data).toEqual(numbers(4, 10));
    expect(JSON.parse(client.said("sse:live")[0]!.data!).replayed).toBe(6);
  });

  test("gets it in one write, before sse:live", async () => {
    const world = testHub();
    const ids = await publishNumbers(world, 10);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    expect(client.sink.writes).toHaveLength(3);
    expect(client.sink.blocks.map(({ type }) => type)).toEqual([
      "message",
      ...numbers(4, 10).map(() => "message"),
      "sse:live",
    ]);
  });

  test("misses and repeats nothing of what waits for the end of the tick", async () => {
    const world = testHub();
    const [first] = await publishNumbers(world, 1);
    void publishNumbers(world, 3, "a");
    const client = world.join({ topics: ["a"] }, { lastEventId: first! });
    void world.hub.publish("a", { data: "last" });
    await world.tick();
    expect(client.data).toEqual(["0", "1", "2", "last"]);
  });

  test("misses and repeats nothing of what is published while it reads the log", async () => {
    const world = instance(createMemoryLog(), { gate: "after", pageLimit: 2 }, { window: { maxEvents: 1 } });
    const ids = await publishNumbers(world, 6);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    for (let i = 6; i < 12; i += 1) {
      await world.hub.publish("a", { data: String(i) });
      await world.tick();
      world.view.openGate();
      await settle();
    }
    for (let i = 0; i < 10; i += 1) {
      world.view.openGate();
      await settle();
    }
    expect(client.data).toEqual(numbers(1, 12));
    expect(client.connection.state).toBe("live");
  });

  test("is filtered as live: a message to one user is replayed to no one else", async () => {
    const world = testHub({ window: { maxEvents: 1 } });
    const start = world.hub.position();
    await world.hub.sendTo("ann", { data: "for ann" });
    await world.hub.publish("secret", { data: "for the topic" });
    await world.hub.broadcast({ data: "for all" });
    const resume = async (subscription: object) => {
      const client = world.join({ ...subscription, lastEventId: start });
      await settle();
      return client.data;
    };
    expect(await resume({})).toEqual(["for all"]);
    expect(await resume({ user: "bob", topics: ["other"] })).toEqual(["for all"]);
    expect(await resume({ user: "ann" })).toEqual(["for ann", "for all"]);
    expect(await resume({ topics: ["secret"] })).toEqual(["for the topic", "for all"]);
  });

  test("reads page by page where the log has much, and shows its place after a page without matches", async () => {
    const world = instance(createMemoryLog(), { pageLimit: 4 }, { window: { maxEvents: 1 } });
    const start = world.hub.position();
    for (let i = 0; i < 600; i += 1) await world.hub.publish(i % 2 ? "a" : "b", { data: String(i) });
    const client = world.join({ topics: ["a"], lastEventId: start });
    await settle();
    expect(client.data).toEqual(Array.from({ length: 300 }, (_, i) => String(2 * i + 1)));
    expect(client.sink.writes.length).toBeGreaterThan(75);
  });

  test("prefers the subscription's lastEventId to the request's", async () => {
    const world = testHub();
    const ids = await publishNumbers(world, 4);
    const client = world.join({ topics: ["a"], lastEventId: ids[2]! }, { lastEventId: ids[0]! });
    expect(client.data).toEqual(["3"]);
    const fresh = world.join({ topics: ["a"], lastEventId: "" }, { lastEventId: ids[0]! });
    expect(fresh.data).toEqual([]);
  });
});

describe("a filtered page of catch-up", () => {
  test("is followed by an id-only frame, so that the client does not go over it again", async () => {
    const engine = createMemoryLog();
    const world = instance(engine, { gate: "before" }, { window: { maxEvents: 1 } });
    const ids = await publishNumbers(world, 5, "elsewhere");
    const client = world.join({ topics: ["a"], lastEventId: ids[0]! });
    await settle();
    const scanned = world.hub.position();
    await publishNumbers(world, 3, "a");
    world.view.openGate();
    await settle();
    expect(client.lastId).toBe(scanned);
    expect(client.sink.blocks.at(-1)).toMatchObject({ id: scanned, data: undefined });
  });
});

describe("replay of the last n", () => {
  test("is over the whole filter, then live", async () => {
    const world = testHub();
    for (let i = 0; i < 12; i += 1)
      await (i % 3 === 0
        ? world.hub.broadcast({ data: String(i) })
        : i % 3 === 1
          ? world.hub.sendTo("ann", { data: String(i) })
          : world.hub.publish("other", { data: String(i) }));
    const client = world.join({ user: "ann", replay: { last: 3 } });
    await settle();
    expect(client.data).toEqual(["7", "9", "10"]);
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.connection.state).toBe("live");
    await world.hub.broadcast({ data: "live" });
    await world.tick();
    expect(client.data.at(-1)).toBe("live");
  });

  test("is for clients that do not resume", async () => {
    const world = testHub();
    const ids = await publishNumbers(world, 5);
    const client = world.join({ topics: ["a"], replay: { last: 5 } }, { lastEventId: ids[3]! });
    await settle();
    expect(client.data).toEqual(["4"]);
  });

  test("has no gap for what was evicted before, but has one for what is evicted before the client took it", async () => {
    const world = testHub({ bounds: { maxEventsPerTopic: 4 }, window: { maxEvents: 1 } });
    await publishNumbers(world, 6);
    const client = world.join({ topics: ["a"], replay: { last: 4 } }, { capacity: 1 });
    client.sink.stall();
    await settle();
    expect(client.data).toEqual(["2"]);
    for (const data of ["6", "7"]) await world.hub.publish("a", { data });
    client.sink.flow();
    await settle();
    expect(gapOf(client).reason).toBe("evicted");
    expect(client.data).toEqual(["2", "4", "5", "6", "7"]);
  });
});

describe("a client without room", () => {
  test("is not written to until it has drained, and then gets everything", async () => {
    const world = testHub();
    const client = world.join({ topics: ["a"] }, { capacity: 200 });
    client.sink.stall();
    const before = client.sink.text.length;
    for (let i = 0; i < 50; i += 1) {
      await world.hub.publish("a", { data: `${i}` });
      await world.tick();
    }
    expect(client.sink.text.length - before).toBeLessThan(200 + 50);
    expect(client.connection.state).toBe("catching-up");
    client.sink.flow();
    await settle();
    expect(client.data).toEqual(numbers(0, 50));
    expect(client.connection.state).toBe("live");
  });

  test("is told as lagging once each time, and counted while it is", async () => {
    const world = testHub();
    const hooks = recordHooks(world.hub);
    const client = world.join({ topics: ["a"] }, { capacity: 150 });
    for (let round = 1; round <= 2; round += 1) {
      client.sink.stall();
      for (let i = 0; i < 10; i += 1) {
        await world.hub.publish("a", { data: "x".repeat(20) });
        await world.tick();
      }
      expect(hooks["lagging"]).toHaveLength(round);
      expect(world.hub.stats().lagging).toBe(1);
      client.sink.flow();
      await settle();
      expect(world.hub.stats().lagging).toBe(0);
    }
    expect(client.said("sse:live")).toHaveLength(1);
  });

  test("gets pieces as large as it has room for, and an event larger than its room alone", async () => {
    const world = testHub();
    const client = world.join({ topics: ["a"] }, { capacity: 400 });
    client.sink.stall();
    for (let i = 0; i < 5; i += 1) await world.hub.publish("a", { data: "x".repeat(300) });
    for (let i = 0; i < 10; i += 1) await world.hub.publish("a", { data: "y" });
    await world.tick();
    const largest: number[] = [];
    while (client.connection.state !== "live") {
      client.sink.take();
      await settle();
      largest.push(client.sink.writes.at(-1)!.byteLength);
    }
    client.sink.flow();
    await settle();
    expect(client.data).toHaveLength(15);
    expect(Math.max(...largest)).toBeLessThan(600);
  });

  test("does not change what others get", async () => {
    const world = testHub();
    const [stalled, other] = [world.join({ topics: ["a"] }, { capacity: 50 }), world.join({ topics: ["a"] })];
    stalled.sink.stall();
    for (let i = 0; i < 20; i += 1) {
      await world.hub.publish("a", { data: `${i}` });
      await world.tick();
      expect(other.data).toHaveLength(i + 1);
    }
  });

  test("is destroyed at the stall deadline, and its connection is over", async () => {
    const world = testHub({ slowReader: { stallTimeout: 5_000 }, heartbeat: { interval: 0 } });
    const hooks = recordHooks(world.hub);
    const client = world.join(undefined, { capacity: 50 });
    client.sink.stall();
    await world.hub.broadcast({ data: "x".repeat(50) });
    await world.tick();
    await world.hub.broadcast({ data: "y" });
    await world.tick();
    await world.clock.pass(4_999);
    expect(client.sink.over).toBe(false);
    await world.clock.pass(1);
    expect(client.sink.ending).toBe("destroyed");
    expect(client.connection.state).toBe("closed");
    expect(hooks["disconnect"]).toEqual([{ connection: client.connection, reason: "stalled" }]);
    expect(world.clock.timers).toBe(0);
  });

  test("is found by the heartbeat when nothing is published, and its deadline runs", async () => {
    const world = testHub({ slowReader: { stallTimeout: 5_000 }, heartbeat: { interval: 1_000 } });
    const hooks = recordHooks(world.hub);
    const client = world.join(undefined, { capacity: 50 });
    client.sink.stall();
    await world.hub.broadcast({ data: "x".repeat(50) });
    await world.tick();
    expect(client.connection.state).toBe("live");
    await world.clock.pass(1_000);
    expect(hooks["lagging"]).toEqual([{ connection: client.connection }]);
    await world.clock.pass(5_000);
    expect(hooks["disconnect"]).toEqual([{ connection: client.connection, reason: "stalled" }]);
    expect(world.clock.timers).toBe(0);
  });

  test("that drains while a batch waits gets it once", async () => {
    const world = testHub();
    const client = world.join(undefined, { capacity: 20 });
    client.sink.stall();
    void world.hub.broadcast({ data: "x".repeat(20) });
    await world.tick();
    void world.hub.broadcast({ data: "1" });
    await world.tick();
    void world.hub.broadcast({ data: "2" });
    client.sink.flow();
    await settle();
    expect(client.connection.state).toBe("live");
    void world.hub.broadcast({ data: "3" });
    await world.tick();
    expect(client.data.slice(1)).toEqual(["1", "2", "3"]);
  });

  test("has the whole deadline again after it has taken something", async () => {
    const world = testHub({ slowReader: { stallTimeout: 5_000 }, heartbeat: { interval: 0 } });
    const client = world.join(undefined, { capacity: 50 });
    client.sink.stall();
    for (let i = 0; i < 6; i += 1) void world.hub.broadcast({ data: "x".repeat(50) });
    await world.tick();
    await world.hub.broadcast({ data: "y" });
    await world.tick();
    for (let i = 0; i < 3; i += 1) {
      await world.clock.pass(4_000);
      client.sink.take(client.sink.text.length);
      await settle();
    }
    expect(client.connection.state).not.toBe("closed");
  });

  test("is left alone without a deadline", async () => {
    const world = testHub({ slowReader: { stallTimeout: 0 }, heartbeat: { interval: 0 } });
    const client = world.join(undefined, { capacity: 50 });
    client.sink.stall();
    for (let i = 0; i < 3; i += 1) {
      await world.hub.broadcast({ data: "x".repeat(50) });
      await world.tick();
    }
    expect(world.clock.timers).toBe(0);
    await world.clock.pass(1e9);
    expect(client.sink.over).toBe(false);
    client.sink.flow();
    await settle();
    expect(client.data).toHaveLength(3);
  });
});

describe("a reader whose place is gone", () => {
  test("is told of the gap first, under the place just before what follows", async () => {
    const world = testHub({ bounds: { maxEventsPerTopic: 2 } });
    const hooks = recordHooks(world.hub);
    const ids = await publishNumbers(world, 5);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    await settle();
    const gap = { reason: "evicted", requested: ids[0]!, oldest: ids[3]! };
    expect(gapOf(client)).toEqual(gap);
    expect(client.said("sse:gap")[0]!.id).toBe(ids[2]);
    expect(client.sink.blocks.map(({ type }) => type)).toEqual([
      "message",
      "sse:gap",
      "message",
      "message",
      "sse:live",
    ]);
    expect(client.data).toEqual(["3", "4"]);
    expect(hooks["gap"]).toEqual([{ connection: client.connection, ...gap }]);
    expect(world.hub.stats().gaps).toEqual({ evicted: 1, unknown: 0, epoch: 0 });
  });

  test("is told of the gap also where nothing is left", async () => {
    const world = testHub({ bounds: { maxAge: 1_000 } });
    const start = world.hub.position();
    await publishNumbers(world, 2);
    await world.clock.pass(1_000);
    const client = world.join({ topics: ["a"], lastEventId: start });
    await settle();
    expect(gapOf(client)).toEqual({ reason: "evicted", requested: start, oldest: null });
    expect(client.lastId).toBe(world.hub.position());
  });

  test("is told of no gap that does not concern it", async () => {
    const world = testHub({ bounds: { maxEventsPerTopic: 1 }, window: { maxEvents: 1 } });
    const start = world.hub.position();
    await publishNumbers(world, 5, "noisy");
    for (let i = 0; i < 5; i += 1) await world.hub.sendTo("bob", { data: "x" });
    await publishNumbers(world, 1);
    const client = world.join({ topics: ["a"], user: "ann", lastEventId: start });
    await settle();
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.data).toEqual(["0"]);
  });

  test.each(["", "garbage", "x".repeat(100), "1-1", "a b\n", "\0", "é".repeat(40)].slice(1))(
    "is told that %j is unknown, and gets what is held",
    async (lastEventId) => {
      const world = testHub();
      const ids = await publishNumbers(world, 2);
      const client = world.join({ topics: ["a"] }, { lastEventId });
      await settle();
      expect(gapOf(client)).toEqual({
        reason: "unknown",
        requested: lastEventId.slice(0, 64),
        oldest: ids[0],
      });
      expect(client.data).toEqual(["0", "1"]);
      expect(client.connection.state).toBe("live");
    },
  );

  test("is told that another life of the log has begun, and gets what that holds", async () => {
    const before = testHub();
    await publishNumbers(before, 9);
    const world = testHub();
    await publishNumbers(world, 2);
    const client = world.join({ topics: ["a"] }, { lastEventId: before.hub.position() });
    await settle();
    expect(gapOf(client)).toMatchObject({ reason: "epoch", requested: before.hub.position() });
    expect(client.data).toEqual(["0", "1"]);
  });

  test("goes on without a gap where a new hub has the old log", async () => {
    const first = testHub();
    const ids = await publishNumbers(first, 3);
    await first.hub.close();
    const second = testHub({ log: first.log });
    await publishNumbers(second, 1);
    const client = second.join({ topics: ["a"] }, { lastEventId: ids[1]! });
    await settle();
    expect(client.data).toEqual(["2", "0"]);
    expect(client.said("sse:gap")).toEqual([]);
  });

  test("is told of a second gap when more goes before it was read", async () => {
    const world = testHub({ bounds: { maxEventsPerTopic: 3 }, window: { maxEvents: 1 } });
    const start = world.hub.position();
    await publishNumbers(world, 5);
    const client = world.join({ topics: ["a"], lastEventId: start }, { capacity: 60 });
    client.sink.stall();
    await settle();
    expect(client.said("sse:gap")).toHaveLength(1);
    for (const data of ["5", "6", "7", "8"]) await world.hub.publish("a", { data });
    client.sink.flow();
    await settle();
    expect(client.said("sse:gap")).toHaveLength(2);
    expect(client.data.slice(-3)).toEqual(["6", "7", "8"]);
  });

  test("is not told of it again page by page", async () => {
    const world = instance(
      createMemoryLog({ maxEventsPerTopic: 10 }),
      { pageLimit: 1 },
      { window: { maxEvents: 1 } },
    );
    const start = world.hub.position();
    await world.hub.publish("quiet", { data: "first" });
    await publishNumbers(world, 20);
    const client = world.join({ topics: ["a", "quiet"], lastEventId: start });
    await settle();
    expect(client.said("sse:gap")).toHaveLength(1);
    expect(client.data).toEqual(["first", ...numbers(10, 20)]);
  });

  test("is not told of what was evicted from a topic that it has left meanwhile", async () => {
    const world = instance(createMemoryLog({ maxEventsPerTopic: 1 }), { gate: "after" });
    const start = world.hub.position();
    await publishNumbers(world, 3);
    const client = world.join({ topics: ["a"], lastEventId: start });
    await settle();
    client.connection.unsubscribe("a");
    for (let i = 0; i < 3; i += 1) {
      world.view.openGate();
      await settle();
    }
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.connection.state).toBe("live");
  });
});

describe("a log that cannot be read", () => {
  test("because its data has no wire form ends the connection and is reported, rather than stalls it", async () => {
    const world = instance(createMemoryLog(), {}, { window: { maxEvents: 1 } });
    const hooks = recordHooks(world.hub);
    const ids = await publishNumbers(world, 3);
    const entry = { channels: ["*"] as const, data: 1n as unknown as string, position: ids[1]! };
    const page = { entries: [entry], scannedThrough: ids[2]!, evictions: "" };
    vi.spyOn(world.view, "read").mockResolvedValue(page);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    await settle();
    expect(client.sink.ending).toBe("destroyed");
    expect(hooks["error"]).toEqual([{ error: expect.objectContaining({ code: "unserializable" }) }]);
  });

  test("is asked again after a second, and the reader goes on as if nothing had been", async () => {
    const world = instance(createMemoryLog(), {}, { window: { maxEvents: 1 } });
    const hooks = recordHooks(world.hub);
    const ids = await publishNumbers(world, 5);
    world.view.failures = 2;
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    await settle();
    expect(client.data).toEqual([]);
    expect(client.connection.state).toBe("catching-up");
    await world.clock.pass(1_999);
    expect(client.data).toEqual([]);
    await world.clock.pass(1);
    expect(client.data).toEqual(numbers(1, 5));
    expect(client.connection.state).toBe("live");
    expect(hooks["error"]).toHaveLength(1);
    expect(client.said("sse:gap")).toEqual([]);
    expect(world.clock.timers).toBe(0);
  });

  test.each([
    [0, 500],
    [0.5, 1_000],
    [0.999, 1_499],
  ])(
    "is asked again at a time of chance, so that many readers do not ask at once: %f",
    async (chance, due) => {
      const world = instance(createMemoryLog(), {}, { window: { maxEvents: 1 } });
      world.hub.on("error", () => {});
      world.clock.chance = chance;
      const ids = await publishNumbers(world, 5);
      world.view.failures = 1;
      const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
      await settle();
      await world.clock.pass(due - 1);
      expect(client.data).toEqual([]);
      await world.clock.pass(1);
      expect(client.data).toEqual(numbers(1, 5));
    },
  );

  test("keeps no client that leaves: no timer stays, no error is reported for it", async () => {
    const world = instance(createMemoryLog(), { gate: "before" }, { window: { maxEvents: 1 } });
    const hooks = recordHooks(world.hub);
    const ids = await publishNumbers(world, 5);
    world.view.failures = 1;
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    await settle();
    client.sink.leave();
    await settle();
    world.view.openGate();
    await settle();
    expect(world.clock.timers).toBe(0);
    expect(hooks["error"]).toEqual([]);
  });
});

describe("a position that is ahead of what this instance follows", () => {
  async function twoInstances() {
    const engine = createMemoryLog();
    const ahead = instance(engine);
    const behind = instance(engine, { lags: true });
    const ids = await publishNumbers(ahead, 5);
    return { engine, ahead, behind, ids };
  }

  test("is waited for, and is no gap", async () => {
    const { behind, ids } = await twoInstances();
    behind.view.handOut(2);
    const client = behind.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    await behind.clock.pass(500);
    expect(client.connection.state).toBe("catching-up");
    expect(client.data).toEqual([]);
    behind.view.handOut();
    await behind.clock.pass(100);
    expect(client.data).toEqual(["4"]);
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.connection.state).toBe("live");
  });

  test("is unknown beyond the log's real head", async () => {
    const { behind, ids } = await twoInstances();
    behind.view.handOut();
    const forged = ids[4]!.replace(/-5$/, "-6");
    const client = behind.join({ topics: ["a"] }, { lastEventId: forged });
    await settle();
    expect(gapOf(client)).toMatchObject({ reason: "unknown", requested: forged });
    expect(client.data).toEqual(numbers(0, 5));
  });

  test("cuts the client off where this instance does not follow it in time, and reports that", async () => {
    const { behind, ids } = await twoInstances();
    const errors: unknown[] = [];
    behind.hub.on("error", (error) => errors.push(error));
    const client = behind.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    await behind.clock.pass(31_000);
    expect(client.connection.state).toBe("closed");
    expect(errors).toMatchObject([{ error: { code: "log-unavailable" } }]);
  });

  test("is asked for again after a minute where the log does not answer, and that is reported", async () => {
    const { behind, ids } = await twoInstances();
    const errors: unknown[] = [];
    behind.hub.on("error", (error) => errors.push(error));
    behind.view.head = () => new Promise(() => {});
    const client = behind.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    await behind.clock.pass(60_001);
    expect(errors).toMatchObject([{ error: { code: "log-unavailable" } }]);
    expect(client.connection.state).toBe("catching-up");
    client.sink.leave();
    await settle();
    expect(behind.clock.timers).toBe(0);
  });

  test("is not waited for once the client has left", async () => {
    const { behind, ids } = await twoInstances();
    const client = behind.join({ topics: ["a"] }, { lastEventId: ids[3]! });
    await behind.clock.pass(200);
    expect(behind.clock.timers).toBe(1);
    client.sink.leave();
    await settle();
    expect(behind.clock.timers).toBe(0);
  });

  test("of a client that goes from one instance to the other and back loses and repeats nothing", async () => {
    const { ahead, behind } = await twoInstances();
    behind.view.handOut();
    let lastEventId = behind.hub.position();
    const data: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const world = i % 2 ? behind : ahead;
      const client = world.join({ topics: ["a"] }, { lastEventId });
      await ahead.hub.publish("a", { data: `n${i}` });
      await ahead.tick();
      if (i % 2) behind.view.handOut();
      await behind.tick();
      await behind.clock.pass(100);
      await behind.tick();
      data.push(...client.data);
      lastEventId = client.lastId;
      client.sink.leave();
      await settle();
    }
    expect(data).toEqual(["n0", "n1", "n2", "n3", "n4", "n5"]);
  });
});

describe("a follower that cannot resume contiguously", () => {
  test("sends the live readers to the log for what it skipped", async () => {
    const engine = createMemoryLog();
    const world = instance(engine, { lags: true });
    const [client, quiet] = [world.join({ topics: ["a"] }), world.join()];
    await publishNumbers(world, 3);
    world.view.handOut(1);
    await world.tick();
    world.view.breakLink();
    await settle();
    expect(client.data).toEqual(["0", "1", "2"]);
    expect([client, quiet].map(({ connection }) => connection.state)).toEqual(["live", "live"]);
    await publishNumbers(world, 1);
    world.view.handOut();
    await world.tick();
    expect(client.data).toEqual(["0", "1", "2", "0"]);
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.said("sse:live")).toHaveLength(1);
  });

  test("invalidates the window: no client is served across the break", async () => {
    const engine = createMemoryLog();
    const world = instance(engine, { lags: true });
    const ids = await publishNumbers(world, 6);
    world.view.handOut(2);
    world.view.breakLink();
    expect(world.hub.stats().windowEvents).toBe(0);
    const client = world.join({ topics: ["a"] }, { lastEventId: ids[0]! });
    await settle();
    expect(client.data).toEqual(numbers(1, 6));
  });

  test("says what was evicted while the link was down", async () => {
    const engine = createMemoryLog({ maxEventsPerTopic: 1 });
    const world = instance(engine, { lags: true });
    const client = world.join({ topics: ["a"] });
    const ids = await publishNumbers(world, 3);
    world.view.breakLink();
    await settle();
    expect(gapOf(client)).toMatchObject({ reason: "evicted", oldest: ids[2] });
    expect(client.data).toEqual(["2"]);
  });

  test("in a new life of the log: all readers are told, and what waits for its place follows from the start", async () => {
    const world = instance(createMemoryLog(), { gate: "before" }, { window: { maxEvents: 1 } });
    const start = world.hub.position();
    const live = world.join({ topics: ["a"] });
    await publishNumbers(world, 3);
    await world.tick();
    const behind = world.join({ topics: ["a"], lastEventId: start });
    await settle();
    behind.connection.subscribe("b");
    const next = createMemoryLog();
    await next.append({ channels: ["topic:b"], data: "before the hub knew" });
    world.view.loseEverything(next);
    await world.hub.publish("a", { data: "new" });
    await world.tick();
    for (let i = 0; i < 6; i += 1) {
      world.view.openGate();
      await settle();
      await world.clock.pass(1_000);
    }
    await world.tick();
    expect(gapOf(live).reason).toBe("epoch");
    expect(live.data).toEqual(["0", "1", "2", "new"]);
    expect(gapOf(behind).reason).toBe("epoch");
    expect(behind.data).toEqual(["before the hub knew", "new"]);
    expect([live, behind].map(({ connection }) => connection.state)).toEqual(["live", "live"]);
  });
});

describe("a hub that has not reached its log yet", () => {
  function unreached() {
    const engine = createMemoryLog();
    let reach = () => {};
    const view = new InstanceLog(engine, 0);
    const follow = view.follow.bind(view);
    view.follow = (follower) => {
      let stop = () => {};
      reach = () => {
        stop = follow(follower);
      };
      return () => stop();
    };
    return { ...testHub({ log: view, heartbeat: { interval: 0 } }), reach: () => reach(), engine };
  }

  test("serves its clients once it has", async () => {
    const world = unreached();
    await world.engine.append({ channels: ["*"], data: "before" });
    const fresh = world.join({ topics: ["a"] });
    const last = world.join({ replay: { last: 1 } });
    fresh.connection.subscribe("b");
    await settle();
    expect(fresh.connection.state).toBe("catching-up");
    expect(fresh.sink.text).toMatch(/^retry: \d+\n$/);
    world.reach();
    await settle();
    expect(fresh.connection.state).toBe("live");
    expect(last.data).toEqual(["before"]);
    await world.hub.publish("b", { data: "after" });
    await world.tick();
    expect(fresh.data).toEqual(["after"]);
  });

  test("has no position to give", () => {
    const { hub } = unreached();
    expect(() => hub.position()).toThrow(expect.objectContaining({ code: "log-unavailable" }));
  });

  test("lets clients leave", async () => {
    const world = unreached();
    const client = world.join();
    client.sink.leave();
    await settle();
    world.reach();
    await settle();
    expect(client.sink.text).toMatch(/^retry: \d+\n$/);
    expect(world.hub.connections()).toEqual([]);
  });
});
