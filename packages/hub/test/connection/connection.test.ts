import { describe, expect, test } from "vitest";
import { createMemoryLog } from "../../src/log/memory-log.js";
import { settle } from "../support/clock.js";
import { recordHooks, testHub } from "../support/hub.js";
import { InstanceLog } from "../support/instance-log.js";
import { openStream } from "../support/sink.js";

describe("a connection", () => {
  test("knows who it is", async () => {
    const { hub, clock, join } = testHub();
    const metadata = { from: "here" };
    const { connection, stream } = join({ user: "ann", topics: ["a", "b", "a"], metadata });
    expect(connection).toMatchObject({ id: stream.id, user: "ann", metadata, state: "live" });
    expect([...connection.topics]).toEqual(["a", "b"]);
    expect(connection.connectedAt).toEqual(new Date(clock.now()));
    expect(hub.connections()).toEqual([connection]);
  });

  test("follows one topic that is given as a text, not its letters", async () => {
    const { hub, join, tick } = testHub();
    const { connection, sink } = join({ topics: "news" });
    expect([...connection.topics]).toEqual(["news"]);
    await hub.publish("news", { data: "x" });
    await tick();
    expect(sink.text).toContain("data: x");
  });

  test("sends head and retry at once, before anything else", () => {
    const { join, clock } = testHub({ retry: 1_000 });
    clock.chance = 0.5;
    const { sink } = join();
    expect(sink.blocks[0]).toMatchObject({ retry: 1_250, id: undefined, data: undefined });
  });

  test("takes a stream once", () => {
    const { hub, join } = testHub();
    const { stream } = join();
    expect(() => hub.connect(stream)).toThrow(expect.objectContaining({ code: "attached" }));
    expect(hub.connections()).toHaveLength(1);
  });

  test("refuses a stream whose id another connection has, and leaves both as they were", async () => {
    const { hub, clock, join, tick } = testHub();
    const first = join(undefined, { id: "same" });
    const second = openStream(clock, { id: "same" });
    expect(() => hub.connect(second.stream)).toThrow(
      expect.objectContaining({ code: "invalid-option", field: "id" }),
    );
    expect(second.sink.writes).toEqual([]);
    await hub.broadcast({ data: "x" });
    await tick();
    expect(first.data).toEqual(["x"]);
    first.sink.leave();
    await settle();
    hub.connect(second.stream);
    expect(hub.connections()).toHaveLength(1);
  });

  test.each([
    ["topic", { topics: [""] }, { code: "refused", status: 400 }],
    ["topic", { topics: ["x".repeat(257)] }, { code: "refused", status: 400 }],
    ["user", { user: "" }, { code: "refused", status: 400, field: "user" }],
    ["replay.last", { replay: { last: -1 } }, { code: "invalid-option", field: "replay.last" }],
    ["replay.last", { replay: { last: 1.5 } }, { code: "invalid-option", field: "replay.last" }],
  ])("with a bad %s is refused before the stream is taken: %j", (_field, subscription, error) => {
    const { hub, clock } = testHub();
    const { stream, sink } = openStream(clock);
    expect(() => hub.connect(stream, subscription)).toThrow(expect.objectContaining(error));
    expect(sink.writes).toEqual([]);
    expect(() => hub.connect(stream)).not.toThrow();
  });

  test("takes any iterable of topics", () => {
    const { join } = testHub();
    expect([...join({ topics: new Set(["a", "b"]) }).connection.topics]).toEqual(["a", "b"]);
  });

  test("leaves an event without id to the application, and no other", async () => {
    const { join } = testHub();
    const { stream, sink, lastId } = join();
    expect(await stream.send({ event: "own", data: "1" })).toBe(true);
    await expect(stream.send({ id: "1", data: "1" })).rejects.toMatchObject({ code: "reserved" });
    expect(sink.lastEventId).toBe(lastId);
  });
});

describe("subscribe", () => {
  test("on a live connection starts at this moment: what waits for the end of the tick is earlier", async () => {
    const { hub, join, tick } = testHub();
    const client = join();
    void hub.publish("a", { data: "earlier" });
    client.connection.subscribe("a");
    void hub.publish("a", { data: "later" });
    await tick();
    expect(client.data).toEqual(["later"]);
    expect(hub.connectionCount("a")).toBe(1);
  });

  test("brings no gap for what was evicted before", async () => {
    const { hub, join, tick } = testHub({ bounds: { maxEventsPerTopic: 1 } });
    const client = join(undefined, { capacity: 50 });
    for (let i = 0; i < 5; i += 1) void hub.publish("a", { data: String(i) });
    await tick();
    client.connection.subscribe("a");
    client.sink.stall();
    for (let i = 0; i < 3; i += 1) {
      await hub.publish("b", { data: "x" });
      await hub.broadcast({ data: "y".repeat(50) });
      await tick();
    }
    client.sink.flow();
    await settle();
    expect(client.said("sse:gap")).toHaveLength(1);
    client.sink.stall();
    await hub.publish("a", { data: "5" });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.said("sse:gap")).toHaveLength(1);
    expect(client.data.at(-1)).toBe("5");
  });

  test("while the reader is behind counts from the moment of the call, not from where the reader is", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a"] }, { capacity: 50 });
    client.sink.stall();
    await hub.publish("a", { data: "x".repeat(50) });
    await tick();
    await hub.publish("a", { data: "1" });
    await hub.publish("b", { data: "before" });
    await tick();
    expect(client.connection.state).toBe("catching-up");
    client.connection.subscribe("b");
    await hub.publish("b", { data: "after" });
    await hub.publish(["a", "b"], { data: "both" });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.slice(1)).toEqual(["1", "after", "both"]);
  });

  test("while the reader is behind holds for each topic from its own moment, also when it is read from the log", async () => {
    const { hub, join, tick } = testHub({ window: { maxEvents: 1 } });
    const client = join(undefined, { capacity: 20 });
    client.sink.stall();
    void hub.broadcast({ data: "x".repeat(50) });
    await tick();
    const topics = ["a", "b", "c"];
    for (const topic of topics) {
      for (const to of topics) await hub.publish(to, { data: `${to} before ${topic}` });
      await hub.broadcast({ data: "y" });
      await tick();
      client.connection.subscribe(topic);
    }
    for (const to of topics) await hub.publish(to, { data: `${to} last` });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.filter((data) => data.length > 1).slice(1)).toEqual([
      "a before b",
      "a before c",
      "b before c",
      "a last",
      "b last",
      "c last",
    ]);
  });

  test("is told of what was evicted of the new topic after the call", async () => {
    const { hub, join, tick } = testHub({ bounds: { maxEventsPerTopic: 1 } });
    const client = join(undefined, { capacity: 20 });
    client.sink.stall();
    await hub.broadcast({ data: "x".repeat(50) });
    await tick();
    await hub.broadcast({ data: "kept" });
    await tick();
    client.connection.subscribe("a");
    for (const data of ["1", "2"]) await hub.publish("a", { data });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.slice(1)).toEqual(["kept", "2"]);
    expect(client.said("sse:gap")).toHaveLength(1);
  });

  test("to what is followed already does nothing", async () => {
    const { hub, join, tick } = testHub();
    const hooks = recordHooks(hub);
    const client = join({ user: "ann", topics: ["a"] });
    client.connection.subscribe("a");
    await hub.publish("a", { data: "x" });
    await tick();
    expect(client.data).toEqual(["x"]);
    expect(hooks["join"]).toHaveLength(2);
  });

  test("needs a name", () => {
    const { join } = testHub();
    const { connection } = join();
    expect(() => connection.subscribe("")).toThrow(expect.objectContaining({ code: "invalid-option" }));
    expect(connection.topics.size).toBe(0);
  });
});

describe("unsubscribe", () => {
  test("holds at once for what was published and not written", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a", "b"] });
    void hub.publish("a", { data: "1" });
    void hub.publish(["a", "b"], { data: "2" });
    client.connection.unsubscribe("a");
    void hub.publish("a", { data: "3" });
    await tick();
    expect(client.data).toEqual(["2"]);
    expect(hub.connectionCount("a")).toBe(0);
  });

  test("holds at once for what the reader has yet to catch up with", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a", "b"] }, { capacity: 20 });
    client.sink.stall();
    await hub.publish("b", { data: "x".repeat(50) });
    await tick();
    await hub.publish("a", { data: "1" });
    await hub.publish("b", { data: "2" });
    await tick();
    client.connection.unsubscribe("a");
    client.sink.flow();
    await settle();
    expect(client.data.slice(1)).toEqual(["2"]);
  });

  test("holds for a page of the log that is on its way", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { gate: "after" });
    const { hub, join } = testHub({ log: view, window: { maxEvents: 1 } });
    const start = hub.position();
    for (const topic of ["a", "b", "a"]) await hub.publish(topic, { data: topic });
    const client = join({ topics: ["a", "b"], lastEventId: start });
    await settle();
    client.connection.unsubscribe("a");
    view.openGate();
    await settle();
    expect(client.data).toEqual(["b"]);
    expect(client.connection.state).toBe("live");
  });

  test("holds for a topic that was subscribed to while the reader was behind", async () => {
    const { hub, join, tick } = testHub();
    const client = join(undefined, { capacity: 20 });
    client.sink.stall();
    await hub.broadcast({ data: "x".repeat(50) });
    await tick();
    await hub.broadcast({ data: "1" });
    await tick();
    client.connection.subscribe("a");
    await hub.publish("a", { data: "2" });
    client.connection.unsubscribe("a");
    await hub.publish("a", { data: "3" });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.slice(1)).toEqual(["1"]);
  });

  test("and subscribe again starts over", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a"] }, { capacity: 20 });
    client.sink.stall();
    await hub.publish("a", { data: "x".repeat(50) });
    await tick();
    await hub.publish("a", { data: "1" });
    await tick();
    client.connection.unsubscribe("a");
    client.connection.subscribe("a");
    await hub.publish("a", { data: "2" });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.slice(1)).toEqual(["2"]);
  });

  test("from what is not followed does nothing", () => {
    const { hub, join } = testHub();
    const hooks = recordHooks(hub);
    join({ user: "ann" }).connection.unsubscribe("a");
    expect(hooks["leave"]).toEqual([]);
  });
});

describe("the end of a connection", () => {
  test("by the hub's side writes what waits, closes the stream and is final", async () => {
    const { hub, join, tick } = testHub();
    const hooks = recordHooks(hub);
    const client = join({ topics: ["a"] });
    void hub.publish("a", { data: "last words" });
    client.connection.close();
    expect(client.data).toEqual(["last words"]);
    expect(client.sink.ending).toBe("closed");
    expect(client.connection.state).toBe("closed");
    client.connection.close();
    client.connection.subscribe("b");
    client.connection.unsubscribe("a");
    await hub.publish("a", { data: "too late" });
    await tick();
    expect(client.data).toEqual(["last words"]);
    expect(hooks["disconnect"]).toEqual([{ connection: client.connection, reason: "server" }]);
    expect(hub.connections()).toEqual([]);
    expect(hub.connectionCount("a")).toBe(0);
  });

  test("by the client is noticed, and takes everything away", async () => {
    const { hub, clock, join } = testHub();
    const hooks = recordHooks(hub);
    const client = join({ user: "ann", topics: ["a"] });
    client.sink.leave();
    await settle();
    expect(hooks["disconnect"]).toEqual([{ connection: client.connection, reason: "client" }]);
    expect(client.connection.state).toBe("closed");
    expect(hub.stats()).toMatchObject({ connections: 0, users: 0, topics: 0, lagging: 0 });
    expect(clock.timers).toBe(0);
  });

  test("while the reader catches up leaves nothing running", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { gate: "after" });
    const { hub, clock, join } = testHub({ log: view, window: { maxEvents: 1 } });
    const start = hub.position();
    for (let i = 0; i < 3; i += 1) await hub.broadcast({ data: "x" });
    const client = join({ lastEventId: start });
    await settle();
    client.connection.close();
    view.openGate();
    await settle();
    expect(client.data).toEqual([]);
    expect(client.connection.state).toBe("closed");
    expect(clock.timers).toBe(0);
  });

  test("while the client stalls leaves no timer", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval: 0 } });
    const client = join(undefined, { capacity: 10 });
    client.sink.stall();
    for (let i = 0; i < 2; i += 1) {
      await hub.broadcast({ data: "x" });
      await tick();
    }
    expect(clock.timers).toBe(1);
    client.connection.close();
    await settle();
    expect(clock.timers).toBe(0);
  });
});

describe("a client that left before it was registered", () => {
  test("is registered nowhere, and no hook is called", async () => {
    const { hub, clock } = testHub();
    const hooks = recordHooks(hub);
    const { stream } = openStream(clock);
    stream.destroy();
    const connection = hub.connect(stream, { user: "ann", topics: ["a"] });
    await settle();
    expect(connection.state).toBe("closed");
    expect(hub.connections()).toEqual([]);
    expect(hub.isOnline("ann")).toBe(false);
    expect([hooks["connect"], hooks["join"], hooks["disconnect"]]).toEqual([[], [], []]);
    expect(clock.timers).toBe(0);
  });

  test("is unregistered at once where its leaving is not known yet", async () => {
    const { hub, clock } = testHub();
    const hooks = recordHooks(hub);
    const { stream, sink } = openStream(clock);
    sink.leave();
    const connection = hub.connect(stream, { user: "ann", topics: ["a"] });
    await settle();
    expect(connection.state).toBe("closed");
    expect(hub.stats()).toMatchObject({ connections: 0, users: 0, topics: 0 });
    expect(hooks["join"]).toHaveLength(2);
    expect(hooks["leave"]).toHaveLength(2);
    expect(clock.timers).toBe(0);
  });
});

describe("a listener that acts on the connection it is told of", () => {
  test("may subscribe it on connect, and its presence counts once", async () => {
    const { hub, join } = testHub();
    const hooks = recordHooks(hub);
    hub.on("connect", ({ connection }) => connection.subscribe("lobby"));
    const client = join({ user: "ann", topics: ["a"] });
    expect(hub.users("lobby")).toEqual(["ann"]);
    expect(hooks["join"]).toEqual([
      { user: "ann", topic: undefined, local: true },
      { user: "ann", topic: "a", local: true },
      { user: "ann", topic: "lobby", local: true },
    ]);
    client.sink.leave();
    await settle();
    expect(hub.users("lobby")).toEqual([]);
    expect(hooks["leave"]).toHaveLength(3);
  });

  test("may change its topics on join, and its presence counts once", async () => {
    const { hub, join } = testHub();
    const stop = hub.on("join", ({ user, topic }) => {
      const mine = hub.connections().find((connection) => connection.user === user);
      if (topic !== undefined) return;
      mine?.unsubscribe("a");
      mine?.subscribe("a");
    });
    const client = join({ user: "ann", topics: ["a"] });
    stop();
    expect(hub.users("a")).toEqual(["ann"]);
    client.sink.leave();
    await settle();
    expect(hub.users("a")).toEqual([]);
  });

  test("may end it on connect, and no user stays online", async () => {
    const { hub, clock, join } = testHub();
    const hooks = recordHooks(hub);
    hub.on("connect", ({ connection }) => connection.close());
    const client = join({ user: "ann", topics: ["a"] });
    await settle();
    expect(client.connection.state).toBe("closed");
    expect(hub.isOnline("ann")).toBe(false);
    expect(hooks["join"]).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test("may end it on join, and neither it nor another tab counts wrongly", async () => {
    const { hub, join } = testHub();
    const tab = join({ user: "ann", topics: ["a", "b"] });
    const stop = hub.on("join", ({ topic }) => {
      if (topic === "b") hub.disconnect({ user: "bob" });
    });
    join({ user: "bob", topics: ["b", "a"] });
    expect([hub.users(), hub.users("a"), hub.users("b")]).toEqual([["ann"], ["ann"], ["ann"]]);
    stop();
    hub.on("connect", ({ connection }) => connection.close());
    join({ user: "ann", topics: ["a", "b"] });
    expect([hub.users(), hub.users("a"), hub.users("b")]).toEqual([["ann"], ["ann"], ["ann"]]);
    tab.connection.close();
    expect([hub.users(), hub.users("a"), hub.users("b")]).toEqual([[], [], []]);
  });

  test("may end it on a gap", async () => {
    const { hub, join } = testHub();
    hub.on("gap", ({ connection }) => connection.close());
    await hub.broadcast({ data: "x" });
    const client = join(undefined, { lastEventId: "garbage" });
    await settle();
    expect(client.connection.state).toBe("closed");
    expect(client.data).toEqual([]);
  });

  test("may publish on connect, and the new client gets it after sse:live", async () => {
    const { hub, join, tick } = testHub();
    hub.on("connect", () => void hub.broadcast({ event: "welcome", data: "x" }));
    const client = join();
    await tick();
    expect(client.sink.blocks.map(({ type }) => type)).toEqual(["message", "sse:live", "welcome"]);
  });
});

describe("a connection that is over", () => {
  test("changes no topics, and ends no second time", () => {
    const { hub, join } = testHub();
    const ended: string[] = [];
    hub.on("disconnect", ({ reason }) => ended.push(reason));
    const { connection, sink } = join({ user: "ann", topics: ["a"] });
    connection.close();
    const { length } = sink.writes;
    connection.subscribe("b");
    connection.unsubscribe("a");
    connection.close();
    expect([...connection.topics]).toEqual(["a"]);
    expect(hub.connectionCount("b")).toBe(0);
    expect(hub.users("b")).toEqual([]);
    expect(ended).toEqual(["server"]);
    expect(sink.writes).toHaveLength(length);
  });
});

describe("a connection without a user", () => {
  test("is not the user named undefined", async () => {
    const { hub, join, tick } = testHub();
    const { data } = join();
    await hub.sendTo("undefined", { data: "secret" });
    await tick();
    expect(data).toEqual([]);
  });
});

describe("a listener that is told of a user", () => {
  test("may take a topic away before its followers are told", () => {
    const { hub, join } = testHub();
    const joined: (string | undefined)[] = [];
    hub.on("join", ({ user, topic }) => {
      joined.push(topic);
      for (const connection of hub.connections()) if (connection.user === user) connection.unsubscribe("a");
    });
    join({ user: "ann", topics: ["a", "b"] });
    expect(joined).toEqual([undefined, "b"]);
    expect(hub.users("a")).toEqual([]);
  });
});

test("a connection that takes over the id of one that ended is not ended with it", async () => {
  const { hub, join, tick } = testHub();
  const told: string[] = [];
  hub.on("disconnect", ({ connection: { user } }) => told.push(String(user)));
  const first = join({ user: "ann" }, { id: "chosen" });
  first.connection.close();
  const second = join({ user: "bob" }, { id: "chosen" });
  await tick();
  expect(hub.connection("chosen")).toBe(second.connection);
  expect(told).toEqual(["ann"]);
  await hub.close();
  expect(told).toEqual(["ann", "bob"]);
});
