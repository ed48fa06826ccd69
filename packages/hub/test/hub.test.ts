import { EventStream } from "@sse/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createHub, type Hub } from "../src/hub.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { settle } from "./support/clock.js";
import { recordHooks, testHub } from "./support/hub.js";
import { InstanceLog } from "./support/instance-log.js";
import { FakeSink, openStream } from "./support/sink.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("publishing", () => {
  test("reaches everyone, the followers of any of the topics, or the connections of the users: each once", async () => {
    const { hub, join, tick } = testHub();
    const [ann, bob, other] = [
      join({ user: "ann", topics: ["a", "b"] }),
      join({ user: "bob", topics: ["b"] }),
      join(),
    ];
    void hub.broadcast({ data: "all" });
    void hub.publish("a", { data: "a" });
    void hub.publish(["a", "b", "b"], { data: "a or b" });
    void hub.sendTo("bob", { data: "bob" });
    void hub.sendTo(["ann", "bob", "carl"], { data: "ann and bob" });
    await tick();
    expect(ann.data).toEqual(["all", "a", "a or b", "ann and bob"]);
    expect(bob.data).toEqual(["all", "a or b", "bob", "ann and bob"]);
    expect(other.data).toEqual(["all"]);
  });

  test("reaches every tab of a user", async () => {
    const { hub, join, tick } = testHub();
    const tabs = [join({ user: "ann" }), join({ user: "ann" })];
    tabs[0]!.sink.leave();
    await settle();
    tabs.push(join({ user: "ann" }));
    await hub.sendTo("ann", { data: "x" });
    await tick();
    expect(tabs.map(({ data }) => data)).toEqual([[], ["x"], ["x"]]);
  });

  test("resolves to the id under which clients get the event", async () => {
    const { hub, join, tick } = testHub();
    const client = join();
    const id = await hub.broadcast({ event: "x", data: { a: 1 } });
    await tick();
    expect(client.sink.blocks.at(-1)).toMatchObject({ type: "x", id, data: '{"a":1}' });
    expect(hub.position()).toBe(id);
  });

  test("keeps the order of the calls", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a"], user: "ann" });
    const calls = Array.from({ length: 30 }, (_, i) => {
      const event = { data: String(i) };
      return i % 3 === 0
        ? hub.broadcast(event)
        : i % 3 === 1
          ? hub.publish("a", event)
          : hub.sendTo("ann", event);
    });
    await Promise.all(calls);
    await tick();
    expect(client.data).toEqual(calls.map((_, i) => String(i)));
  });

  test("sends JSON if so wanted", async () => {
    const { hub, join, tick } = testHub({ serialize: "json" });
    const client = join();
    await hub.broadcast({ data: "text" });
    await tick();
    expect(client.data).toEqual(['"text"']);
  });

  test("again with the same idempotency key answers the first id and sends nothing", async () => {
    const { hub, join, tick } = testHub();
    const client = join();
    const first = await hub.broadcast({ data: "x" }, { idempotencyKey: "k" });
    expect(await hub.broadcast({ data: "x" }, { idempotencyKey: "k" })).toBe(first);
    hub.on("error", () => {});
    await expect(hub.broadcast({ data: "y" }, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "idempotency-conflict",
    });
    await tick();
    expect(client.data).toEqual(["x"]);
  });

  test("again with the same idempotency key is neither reported nor counted: nothing was published", async () => {
    const { hub } = testHub();
    const published = vi.fn();
    hub.on("publish", published);
    for (let i = 0; i < 3; i += 1) await hub.broadcast({ data: "x" }, { idempotencyKey: "k" });
    expect(published).toHaveBeenCalledTimes(1);
    expect(hub.stats().published).toBe(1);
  });

  test("of an event again is no publish where the first try has failed", async () => {
    const log = createMemoryLog();
    const { hub } = testHub({ log });
    hub.on("error", () => {});
    const published = vi.fn();
    hub.on("publish", published);
    const append = vi.spyOn(log, "append").mockRejectedValueOnce(new Error("lost"));
    await expect(hub.broadcast({ data: "x" }, { idempotencyKey: "k" })).rejects.toThrow("lost");
    await hub.broadcast({ data: "x" }, { idempotencyKey: "k" });
    expect([append, published].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
  });

  test("hands the keys on to the log", async () => {
    const log = createMemoryLog();
    const append = vi.spyOn(log, "append");
    const { hub } = testHub({ log });
    await hub.publish("a", { event: "e", data: 1 }, { conflateKey: "k", idempotencyKey: "i" });
    await hub.publish("a", { data: 1 });
    expect(append.mock.calls).toEqual([
      [
        { channels: ["topic:a"], event: "e", data: "1", conflateKey: "k" },
        { idempotencyKey: "i", onRepeat: expect.any(Function) },
      ],
      [{ channels: ["topic:a"], data: "1" }, {}],
    ]);
  });
});

describe("a name with half a surrogate pair", () => {
  test("is refused, because engines would take it for another one", async () => {
    const { hub, join } = testHub();
    hub.on("error", () => {});
    const invalid = expect.objectContaining({ code: "invalid-option" });
    await expect(hub.publish("a\ud800", { data: 1 })).rejects.toEqual(invalid);
    await expect(hub.sendTo(["b", "\udfff"], { data: 1 })).rejects.toEqual(invalid);
    expect(() => join({ topics: ["\ud83d"] })).toThrow(expect.objectContaining({ code: "refused" }));
    expect(join({ topics: ["\u{1f600}"] }).connection.topics).toEqual(new Set(["\u{1f600}"]));
  });
});

describe("topics that are none", () => {
  test.each([5, null, undefined, {}, true])(
    "such as %j are refused with an error of the toolkit",
    async (topics) => {
      const { hub } = testHub();
      hub.on("error", () => {});
      await expect(hub.publish(topics as unknown as string, { data: 1 })).rejects.toMatchObject({
        name: "SseError",
        code: "invalid-option",
        field: "topic",
      });
    },
  );
});

describe("a publish to more topics or users than allowed", () => {
  test("is refused before any of them is looked at; 0 allows any number", async () => {
    const names = Array.from({ length: 1_001 }, (_, i) => String(i));
    const { hub } = testHub();
    hub.on("error", () => {});
    for (const [name, rejected] of [
      ["topic", hub.publish([...names, ""], { data: 1 })],
      ["user", hub.sendTo([...names, ""], { data: 1 })],
    ] as const) {
      await expect(rejected).rejects.toMatchObject({ code: "invalid-option", field: `${name}s` });
    }
    await hub.publish(names.slice(1), { data: 1 });
    await testHub({ limits: { topicsPerPublish: 0 } }).hub.publish(names, { data: 1 });
  });
});

describe("data that waits for the log", () => {
  test("is bounded in bytes, however few publishes it is", async () => {
    const log = new InstanceLog(createMemoryLog(), 0);
    vi.spyOn(log, "append").mockReturnValue(new Promise(() => {}));
    const { hub } = testHub({ log, limits: { eventBytes: 524_288 } });
    hub.on("error", () => {});
    const data = "x".repeat(524_288);
    for (let i = 0; i < 128; i += 1) void hub.broadcast({ data });
    await expect(hub.broadcast({ data })).rejects.toMatchObject({ code: "overloaded" });
    void hub.broadcast({ data: "" });
  });

  const long = "x".repeat(262_000);
  test.each([
    ["names", { event: long, data: "" }, {}],
    ["conflate keys", { data: "" }, { conflateKey: long }],
  ])("is bounded with the %s of its events", async (_what, event, options) => {
    const log = new InstanceLog(createMemoryLog(), 0);
    vi.spyOn(log, "append").mockReturnValue(new Promise(() => {}));
    const { hub } = testHub({ log });
    hub.on("error", () => {});
    for (let i = 0; i < 256; i += 1) void hub.broadcast(event, options);
    await expect(hub.broadcast(event, options)).rejects.toMatchObject({ code: "overloaded" });
  });
});

describe("a publish that fails", () => {
  test.each<[string, (hub: Hub) => Promise<string>]>([
    ["reserved", (hub) => hub.broadcast({ event: "sse:live", data: 1 })],
    ["reserved", (hub) => hub.broadcast({ data: 1, id: "7" } as object)],
    ["reserved", (hub) => hub.publish("a", { data: 1, retry: 7 } as object)],
    ["reserved", (hub) => hub.sendTo("a", { data: 1, comment: "x" } as object)],
    ["invalid-field", (hub) => hub.broadcast({ event: "a\nid: 7", data: 1 })],
    ["invalid-field", (hub) => hub.broadcast(null as unknown as object)],
    ["unserializable", (hub) => hub.broadcast({ data: 1n })],
    ["too-large", (hub) => hub.broadcast({ data: "x".repeat(262_145) })],
    ["invalid-option", (hub) => hub.publish([], { data: 1 })],
    ["invalid-option", (hub) => hub.publish("", { data: 1 })],
    ["invalid-option", (hub) => hub.sendTo(["ann", "x".repeat(257)], { data: 1 })],
  ])("rejects with %s, is reported and counted, and reaches no client (%#)", async (code, publish) => {
    const { hub, join, tick } = testHub();
    const hooks = recordHooks(hub);
    const client = join({ topics: ["a"], user: "ann" });
    const { length } = client.sink.blocks;
    await expect(publish(hub)).rejects.toMatchObject({ name: "SseError", code });
    await tick();
    expect(client.sink.blocks).toHaveLength(length);
    expect(hooks["error"]).toEqual([{ error: expect.objectContaining({ code }) }]);
    expect(hooks["publish"]).toEqual([]);
    expect(hub.stats()).toMatchObject({ published: 0, failed: 1 });
  });

  test("need not be awaited", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { hub } = testHub();
    const hooks = recordHooks(hub);
    void hub.broadcast({ event: "sse:x", data: 1 });
    void hub.publish([], { data: 1 });
    await settle();
    await settle();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(hooks["error"]).toHaveLength(2);
  });

  test("goes to the console where there is no listener for errors", async () => {
    const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
    const { hub } = testHub();
    await hub.broadcast({ event: "sse:x", data: 1 }).catch(() => {});
    await settle();
    expect(consoleError).toHaveBeenCalledOnce();
  });

  test("because the log refused it reaches no client", async () => {
    const log = createMemoryLog();
    const failure = new Error("disk full");
    vi.spyOn(log, "append").mockRejectedValueOnce(failure);
    const { hub, join, tick } = testHub({ log });
    const hooks = recordHooks(hub);
    const client = join();
    await expect(hub.broadcast({ data: "x" })).rejects.toBe(failure);
    await tick();
    expect(client.data).toEqual([]);
    expect(hooks["error"]).toEqual([{ error: failure }]);
  });
});

describe("sendTo", () => {
  test("is no mailbox: a user who comes later does not find it", async () => {
    const { hub, join, tick } = testHub();
    await hub.sendTo("ann", { data: "x" });
    await tick();
    expect(join({ user: "ann" }).data).toEqual([]);
  });

  test("is received later by a reader that starts before it", async () => {
    const { hub, join } = testHub();
    const before = hub.position();
    await hub.sendTo("ann", { data: "x" });
    expect(join({ user: "ann", lastEventId: before }).data).toEqual(["x"]);
  });
});

describe("the position of a hub", () => {
  test("is a place from which a page that was rendered then misses nothing", async () => {
    const { hub, join, tick } = testHub();
    await hub.broadcast({ data: "rendered" });
    const position = hub.position();
    await hub.broadcast({ data: "later" });
    await tick();
    expect(join({ lastEventId: position }).data).toEqual(["later"]);
  });

  test("is never beyond what has been published", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { lags: true });
    const { hub } = testHub({ log: view });
    const before = hub.position();
    await hub.broadcast({ data: "x" });
    expect(hub.position()).toBe(before);
    view.handOut();
    expect(hub.position()).toBe(await view.head());
  });
});

describe("counts", () => {
  test("are of connections, in all and by topic, of users, and of topics", async () => {
    const { hub, join } = testHub();
    const clients = [
      join({ user: "ann", topics: ["a"] }),
      join({ user: "ann", topics: ["a", "b"] }),
      join({ user: "bob" }),
      join(),
    ];
    expect(hub.connectionCount()).toBe(4);
    expect([hub.connectionCount("a"), hub.connectionCount("b"), hub.connectionCount("c")]).toEqual([2, 1, 0]);
    expect(hub.users()).toEqual(["ann", "bob"]);
    expect(hub.users("a")).toEqual(["ann"]);
    expect([hub.isOnline("ann"), hub.isOnline("carl")]).toEqual([true, false]);
    expect(hub.stats()).toMatchObject({ connections: 4, users: 2, topics: 2, lagging: 0 });
    for (const { sink } of clients) sink.leave();
    await settle();
    expect(hub.connectionCount()).toBe(0);
    expect(hub.stats()).toMatchObject({ connections: 0, users: 0, topics: 0 });
  });

  test("are of events too", async () => {
    const { hub, join, tick } = testHub({ window: { maxEvents: 2 } });
    join();
    for (let i = 0; i < 3; i += 1) await hub.broadcast({ data: "x" });
    await hub.broadcast({ data: "x" }, { ephemeral: true });
    await tick();
    const { published, failed, windowEvents, windowBytes, delivered } = hub.stats();
    expect([published, failed, windowEvents, delivered]).toEqual([4, 0, 2, 4]);
    expect(windowBytes).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(hub.stats()))).toEqual(hub.stats());
  });
});

describe("presence", () => {
  test("is announced for the first tab and the last, in all and by topic", async () => {
    const { hub, join } = testHub();
    const said: string[] = [];
    for (const name of ["join", "leave"] as const)
      hub.on(name, ({ user, topic }) => said.push(`${name} ${user} ${topic ?? "*"}`));
    const [first, second] = [join({ user: "ann", topics: ["a"] }), join({ user: "ann" })];
    second.connection.subscribe("b");
    second.connection.unsubscribe("b");
    first.sink.leave();
    await settle();
    second.sink.leave();
    await settle();
    expect(said).toEqual([
      "join ann *",
      "join ann a",
      "join ann b",
      "leave ann b",
      "leave ann a",
      "leave ann *",
    ]);
  });

  test("outlasts a reload within the grace period", async () => {
    const { hub, clock, join } = testHub({ presenceGrace: 1_000, heartbeat: { interval: 0 } });
    const hooks = recordHooks(hub);
    join({ user: "ann" }).sink.leave();
    await clock.pass(500);
    expect(hub.isOnline("ann")).toBe(true);
    join({ user: "ann" }).sink.leave();
    await clock.pass(999);
    expect(hooks["leave"]).toEqual([]);
    await clock.pass(1);
    expect(hooks["leave"]).toEqual([{ user: "ann", topic: undefined, local: true }]);
    expect(hooks["join"]).toHaveLength(1);
  });
});

describe("hooks", () => {
  test("tell of a connection before its user, and of its end before the user's", async () => {
    const { hub, join } = testHub();
    const said: string[] = [];
    for (const name of ["connect", "join", "disconnect", "leave"] as const)
      hub.on(name, () => said.push(name));
    join({ user: "ann" }).sink.leave();
    await settle();
    expect(said).toEqual(["connect", "join", "disconnect", "leave"]);
  });

  test("tell what was published and to which clients", async () => {
    const { hub } = testHub();
    const hooks = recordHooks(hub);
    const id = await hub.publish(["a", "b", "a"], { data: { x: 1 } });
    await hub.sendTo("ann", { event: "typing" }, { ephemeral: true });
    await hub.broadcast({ data: "x" });
    expect(hooks["publish"]).toEqual([
      { id, audience: { kind: "topics", topics: ["a", "b"] }, event: "message", data: '{"x":1}' },
      { id: "", audience: { kind: "users", users: ["ann"] }, event: "typing", data: "" },
      { id: hub.position(), audience: { kind: "everyone" }, event: "message", data: "x" },
    ]);
  });

  test("that throw or reject harm no client, and are reported", async () => {
    const { hub, join, tick } = testHub();
    const names = [
      "connect",
      "join",
      "publish",
      "delivered",
      "lagging",
      "dropped",
      "gap",
      "disconnect",
      "leave",
    ] as const;
    const failures: unknown[] = [];
    hub.on("error", ({ error }) => failures.push((error as Error).message));
    for (const name of names) {
      hub.on(name, () => {
        throw new Error(name);
      });
      hub.on(name, async () => {
        throw new Error(`later ${name}`);
      });
    }
    const [slow, other] = [join({ user: "ann" }, { capacity: 10, lastEventId: "garbage" }), join()];
    await settle();
    slow.sink.stall();
    for (let i = 0; i < 3; i += 1) {
      await hub.broadcast({ data: String(i) });
      void hub.broadcast({ data: "e" }, { ephemeral: true });
      await tick();
    }
    slow.sink.flow();
    await settle();
    slow.sink.leave();
    await settle();
    expect(other.data.filter((data) => data !== "e")).toEqual(["0", "1", "2"]);
    expect(slow.data.filter((data) => data !== "e")).toEqual(["0", "1", "2"]);
    expect(hub.connections()).toEqual([other.connection]);
    expect(new Set(failures)).toEqual(new Set(names.flatMap((name) => [name, `later ${name}`])));
  });

  test("can be taken off", async () => {
    const { hub, join } = testHub();
    const listener = vi.fn();
    hub.on("connect", listener)();
    join();
    expect(listener).not.toHaveBeenCalled();
  });

  test("report the trouble of the log's link", () => {
    const view = new InstanceLog(createMemoryLog(), 0);
    const { hub } = testHub({ log: view });
    const hooks = recordHooks(hub);
    view.breakLink();
    expect(hooks["error"]).toHaveLength(1);
  });
});

describe("disconnect", () => {
  test("ends all connections of a user, and says how many", async () => {
    const { hub, join } = testHub();
    const hooks = recordHooks(hub);
    const tabs = [join({ user: "ann" }), join({ user: "ann" })];
    const other = join({ user: "bob" });
    expect(hub.disconnect({ user: "ann" })).toBe(2);
    expect(tabs.map(({ sink }) => sink.ending)).toEqual(["closed", "closed"]);
    expect(hub.connections()).toEqual([other.connection]);
    expect(hooks["disconnect"]).toHaveLength(2);
    expect(hub.disconnect({ user: "ann" })).toBe(0);
  });

  test("ends one connection", () => {
    const { hub, join } = testHub();
    const [one, other] = [join(), join()];
    expect(hub.disconnect({ connection: one.connection.id })).toBe(1);
    expect(hub.disconnect({ connection: one.connection.id })).toBe(0);
    expect(hub.disconnect({ connection: "unknown" })).toBe(0);
    expect(hub.connections()).toEqual([other.connection]);
  });

  test("can tell the clients how long to stay away", () => {
    const { hub, join } = testHub();
    const client = join({ user: "ann" });
    hub.disconnect({ user: "ann" }, { retry: 60_000 });
    expect(client.sink.blocks.at(-1)!.retry).toBe(60_000);
    expect(() => hub.disconnect({ user: "ann" }, { retry: -1 })).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});

describe("close", () => {
  test("ends all connections after what waits, and resolves when their transports have closed", async () => {
    const { hub, join } = testHub();
    const hooks = recordHooks(hub);
    const clients = [join(), join({ user: "ann" })];
    void hub.broadcast({ data: "last" });
    let closed = false;
    const closing = hub.close().then(() => {
      closed = true;
    });
    expect(closed).toBe(false);
    await closing;
    for (const { data, sink } of clients) {
      expect(data).toEqual(["last"]);
      expect(sink.ending).toBe("closed");
    }
    expect(hooks["disconnect"]).toHaveLength(2);
    expect(hooks["leave"]).toHaveLength(1);
  });

  test("waits for a transport that takes its time to close", async () => {
    const { hub, clock } = testHub();
    const sink = new FakeSink();
    const leave = sink.leave.bind(sink);
    sink.leave = () => {};
    hub.connect(new EventStream(sink, { timers: clock }));
    let closed = false;
    void hub.close().then(() => {
      closed = true;
    });
    await settle();
    expect(closed).toBe(false);
    leave();
    await settle();
    expect(closed).toBe(true);
  });

  test("leaves no timer, no follower and no connection", async () => {
    const view = new InstanceLog(createMemoryLog(), 0);
    const { hub, clock, join } = testHub({ log: view, presenceGrace: 5_000, flushInterval: 100 });
    join({ user: "ann" }).sink.leave();
    await settle();
    join();
    void hub.broadcast({ data: "waits" });
    await hub.close();
    expect(clock.timers).toBe(0);
    expect(view.isFollowed).toBe(false);
    expect(hub.connections()).toEqual([]);
  });

  test("leaves no timer where something waits and no client is there", async () => {
    const { hub, clock } = testHub({ flushInterval: 100 });
    await hub.broadcast({ data: "waits" });
    expect(clock.timers).toBe(1);
    await hub.close();
    expect(clock.timers).toBe(0);
  });

  test("gives the same promise when it is called again, also by a listener meanwhile", async () => {
    const { hub, join } = testHub();
    join();
    let inside: Promise<void> | undefined;
    hub.on("disconnect", () => {
      inside = hub.close();
    });
    const closing = hub.close();
    expect(hub.close()).toBe(closing);
    await closing;
    expect(inside).toBe(closing);
  });

  test("closes its own log, and leaves a log that was passed in", async () => {
    const log = createMemoryLog();
    const { hub } = testHub({ log });
    await hub.close();
    await expect(log.append({ channels: ["*"], data: "x" })).resolves.toBeDefined();
    const close = vi.spyOn(Object.getPrototypeOf(log) as typeof log, "close");
    await createHub().close();
    expect(close).toHaveBeenCalledOnce();
    expect(close.mock.contexts[0]).not.toBe(log);
  });

  test("ends publishing", async () => {
    const { hub } = testHub();
    hub.on("error", () => {});
    await hub.close();
    for (const options of [{}, { ephemeral: true }])
      await expect(hub.broadcast({ data: "x" }, options)).rejects.toMatchObject({ code: "closed" });
  });

  test("cuts off only those who have no room", async () => {
    const { hub, join } = testHub();
    const roomy = join();
    roomy.sink.stall();
    await hub.broadcast({ data: "x" });
    await hub.close();
    expect(roomy.sink.ending).toBe("closed");
  });

  test("takes no drain that is not a time", async () => {
    const { hub, join } = testHub();
    const { connection } = join();
    for (const drain of [-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY])
      expect(() => hub.close({ drain })).toThrow(expect.objectContaining({ field: "drain" }));
    expect(connection.state).toBe("live");
  });

  test("keeps to a drain that is shorter than its steps", async () => {
    const { hub, join, clock } = testHub();
    const clients = [join(), join(), join()];
    const closing = hub.close({ drain: 2 });
    await settle();
    await clock.pass(2);
    expect(clients.map(({ connection }) => connection.state)).toEqual(["closed", "closed", "closed"]);
    await closing;
  });

  test("destroys those who take nothing", async () => {
    const { hub, join, tick } = testHub();
    const client = join(undefined, { capacity: 10 });
    client.sink.stall();
    await hub.broadcast({ data: "x" });
    await tick();
    await hub.close();
    expect(client.sink.ending).toBe("destroyed");
  });
});

describe("a hub that is closing", () => {
  test("refuses new clients softly: why, and when to come again", async () => {
    const { hub, clock, join } = testHub();
    const hooks = recordHooks(hub);
    clock.chance = 0;
    await hub.close();
    const early = join({ user: "ann", topics: ["a"] });
    clock.chance = 0.999;
    const late = join();
    for (const client of [early, late]) {
      const [refused, ...rest] = client.sink.blocks;
      expect(rest).toEqual([]);
      expect(refused).toMatchObject({ type: "sse:refused", id: undefined, data: '{"reason":"closing"}' });
      expect(client.sink.ending).toBe("closed");
      expect(client.connection.state).toBe("closed");
    }
    expect(early.sink.blocks[0]!.retry).toBe(5_000);
    expect(late.sink.blocks[0]!.retry).toBeGreaterThan(14_900);
    expect(late.sink.blocks[0]!.retry).toBeLessThanOrEqual(15_000);
    expect(hub.stats()).toMatchObject({ connections: 0, users: 0 });
    expect([hooks["connect"], hooks["join"]]).toEqual([[], []]);
    expect(clock.timers).toBe(0);
  });

  test("refuses them from the moment of the call on, also those that a listener brings", async () => {
    const { hub, clock, join } = testHub();
    join();
    const states: string[] = [];
    hub.on("disconnect", () => states.push(hub.connect(openStream(clock).stream).state));
    const closing = hub.close();
    expect(join().said("sse:refused")).toHaveLength(1);
    await closing;
    expect(states).toEqual(["closed"]);
  });

  test("sends no client back before its drain is over", async () => {
    const { hub, clock, join } = testHub({ heartbeat: { interval: 0 } });
    clock.chance = 0;
    join();
    const closing = hub.close({ drain: 60_000 });
    expect(join().sink.blocks[0]!.retry).toBe(65_000);
    await clock.pass(20_000);
    expect(join().sink.blocks[0]!.retry).toBe(45_000);
    await clock.pass(40_000);
    await closing;
    expect(join().sink.blocks[0]!.retry).toBe(5_000);
  });
});

describe("a drain", () => {
  test("spreads the ends over its time, each with a jittered retry, and publishes until the last", async () => {
    const { hub, clock, join } = testHub({ retry: 1_000, heartbeat: { interval: 0 } });
    const clients = [join(), join(), join(), join()];
    const closing = hub.close({ drain: 8_000 });
    const open = () => clients.filter(({ sink }) => !sink.over).length;
    expect(open()).toBe(4);
    for (let left = 3; left >= 0; left -= 1) {
      await hub.broadcast({ data: String(left) });
      await clock.pass(1_999);
      expect(open()).toBe(left + 1);
      clock.chance = left / 4;
      await clock.pass(1);
      expect(open()).toBe(left);
    }
    await closing;
    expect(clients.map(({ data }) => data.length)).toEqual([1, 2, 3, 4]);
    expect(
      clients.map(({ sink }) => sink.blocks.findLast(({ retry }) => retry !== undefined)!.retry),
    ).toEqual([1_375, 1_250, 1_125, 1_000]);
    expect(clock.timers).toBe(0);
  });

  test("is over when everybody has left", async () => {
    const { hub, clock, join } = testHub({ heartbeat: { interval: 0 } });
    const clients = [join(), join()];
    const closing = hub.close({ drain: 60_000 });
    await settle();
    for (const { sink } of clients) sink.leave();
    await closing;
    expect(clock.timers).toBe(0);
  });

  test("loses no time with those who have left", async () => {
    const { hub, clock, join } = testHub({ heartbeat: { interval: 0 } });
    const [first, second] = [join(), join()];
    const closing = hub.close({ drain: 2_000 });
    await settle();
    first.sink.leave();
    await clock.pass(2_000);
    expect(second.sink.ending).toBe("closed");
    await closing;
  });

  test("cuts streams between events", async () => {
    const { hub, clock, join } = testHub({ heartbeat: { interval: 0 } });
    const clients = [join(), join()];
    const closing = hub.close({ drain: 1_000 });
    await settle();
    for (let i = 0; i < 4; i += 1) {
      await hub.broadcast({ data: "x\ny" });
      await clock.pass(250);
    }
    await closing;
    for (const { sink } of clients) expect(sink.text).toMatch(/\n\nretry: \d+\n$/);
  });
});

test("a hub cannot be made on a log that has been closed", async () => {
  const log = createMemoryLog();
  await log.close();
  expect(() => createHub({ log })).toThrow(expect.objectContaining({ code: "closed" }));
});

describe("a hub with the runtime's own clock", () => {
  test("serves, and lets the process end", async () => {
    const hub = createHub();
    const sink = new FakeSink();
    hub.connect(new EventStream(sink), { topics: ["a"] });
    await hub.publish("a", { data: "x" });
    await settle();
    expect(sink.text).toContain("data: x");
    await hub.close();
    expect(sink.ending).toBe("closed");
  });

  test("uses a clock that is an object with methods", async () => {
    const { hub, clock, join } = testHub();
    join();
    await clock.pass(15_000);
    expect(hub.connections()[0]!.connectedAt.getTime()).toBe(clock.now() - 15_000);
  });
});
