import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/cluster/decode-message.js";
import { encodeMessage } from "../../src/cluster/messages.js";
import { createHub, createMemoryLog } from "../../src/index.js";
import { settle } from "../support/clock.js";
import { type Instance, testCluster } from "../support/cluster.js";
import { InstanceLog } from "../support/instance-log.js";

/** Returns the state of all instances as one instance sees it. */
function viewOf({ hub }: Instance) {
  return { users: hub.users().sort(), connections: hub.connectionCount(), topics: hub.topics().sort() };
}

describe("presence on several instances", () => {
  test("is the same on all after an interval, and each is exact about itself", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann", topics: ["a"] });
    two.join({ user: "bob", topics: ["a", "b"] });
    two.join({ topics: ["b"] });
    expect(two.hub.users()).toEqual(["bob"]);
    await pass(1_000);
    const all = { users: ["ann", "bob"], connections: 3, topics: ["a", "b"] };
    expect([viewOf(one), viewOf(two)]).toEqual([all, all]);
    for (const { hub } of [one, two]) {
      expect([hub.users("a").sort(), hub.users("b")]).toEqual([["ann", "bob"], ["bob"]]);
      expect([hub.connectionCount("a"), hub.connectionCount("b"), hub.connectionCount("c")]).toEqual([
        2, 2, 0,
      ]);
      expect([hub.isOnline("ann"), hub.isOnline("bob"), hub.isOnline("carl")]).toEqual([true, true, false]);
      expect(hub.stats().instances).toBe(2);
    }
    const here = { scope: "instance" } as const;
    expect(one.hub.users(undefined, here)).toEqual(["ann"]);
    expect(two.hub.users("b", here)).toEqual(["bob"]);
    expect([one.hub.connectionCount(undefined, here), two.hub.connectionCount("b", here)]).toEqual([1, 2]);
    expect([one.hub.isOnline("ann", here), one.hub.isOnline("bob", here)]).toEqual([true, false]);
    expect([one.hub.topics(here), two.hub.topics(here)]).toEqual([["a"], ["a", "b"]]);
    expect(one.hub.stats()).toMatchObject({ connections: 1, users: 1, topics: 1 });
    expect(one.hub.connections()).toHaveLength(1);
  });

  test("follows subscribe, unsubscribe and the end of connections", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = one.join({ user: "ann" });
    connection.subscribe("a");
    await pass(1_000);
    expect(two.hub.users("a")).toEqual(["ann"]);
    connection.unsubscribe("a");
    connection.subscribe("b");
    await pass(1_000);
    expect([two.hub.users("a"), two.hub.users("b"), two.hub.topics()]).toEqual([[], ["ann"], ["b"]]);
    connection.close();
    await pass(1_000);
    expect(viewOf(two)).toEqual({ users: [], connections: 0, topics: [] });
  });

  test("knows no scope but these", () => {
    const { hub } = testCluster().start();
    const scope = "world" as "hub";
    for (const ask of [
      () => hub.users(undefined, { scope }),
      () => hub.connectionCount(undefined, { scope }),
      () => hub.isOnline("ann", { scope }),
      () => hub.topics({ scope }),
    ])
      expect(ask).toThrow(expect.objectContaining({ code: "invalid-option", field: "scope" }));
  });

  test("is told in one message an interval, whatever happens in it", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    await pass(3_000);
    network.sent.length = 0;
    for (let i = 0; i < 500; i += 1) one.join({ user: `u${i}`, topics: ["a"] });
    one.join({ user: "gone" }).connection.close();
    await pass(1_000);
    expect(network.sent).toHaveLength(1);
    expect([two.hub.users("a").length, two.hub.users().length]).toEqual([500, 500]);
    expect(two.told).not.toContain("+gone");
  });

  test("costs a beat every third of the timeout where nothing happens", async () => {
    const { start, pass, network } = testCluster({ cluster: { interval: 1_000, timeout: 30_000 } });
    start();
    await pass(2_000);
    network.sent.length = 0;
    await pass(60_000);
    expect(network.sent).toHaveLength(6);
  });

  test("of many users is told in messages below 256 KiB, to one that comes late too", async () => {
    const { start, pass, network } = testCluster({ limits: { connections: 0 } });
    const [one, two] = [start(), start()];
    const users = Array.from({ length: 3_000 }, (_, i) => `${i}\u0001é${"x".repeat(200)}`);
    for (const user of users) one.join({ user, topics: ["a"] });
    await pass(1_000);
    expect(two.hub.users("a")).toEqual(users);
    const late = start();
    await pass(3_000);
    expect(late.hub.users("a")).toEqual(users);
    expect(late.hub.connectionCount()).toBe(3_000);
    const sizes = network.sent.map((message) => Buffer.byteLength(message));
    expect(Math.max(...sizes)).toBeLessThan(262_144);
    expect(sizes.filter((size) => size > 150_000).length).toBeGreaterThan(6);
  });
});

describe("an instance", () => {
  test("that is new knows everybody after three intervals", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann", topics: ["a"] });
    two.join({ user: "bob" });
    await pass(10_000);
    const late = start();
    await pass(3_000);
    expect(viewOf(late)).toEqual({ users: ["ann", "bob"], connections: 2, topics: ["a"] });
    expect(late.told).toEqual(["+ann", "+ann@a", "+bob"]);
    expect(late.hub.stats().instances).toBe(3);
  });

  test("that closes is forgotten at once, with everybody on it", async () => {
    const { start, pass, clock } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann", topics: ["a"] });
    await pass(1_000);
    await one.hub.close();
    expect(viewOf(two)).toEqual({ users: [], connections: 0, topics: [] });
    expect(two.told).toEqual(["+ann", "+ann@a", "-ann@a", "-ann"]);
    expect(two.hub.stats().instances).toBe(1);
    expect(one.bus).toMatchObject({ isClosed: false, isListenedTo: false });
    await two.hub.close();
    expect(clock.timers).toBe(0);
  });

  test("that closes while users are in their grace period passes it on: one `leave` is local", async () => {
    const { start, pass } = testCluster({ presenceGrace: 5_000 });
    const [one, two, three] = [start(), start(), start()];
    one.join({ user: "ann", topics: ["a"] });
    await pass(1_000);
    await one.hub.close();
    expect(one.told).toEqual(["+ann*", "+ann@a*"]);
    await pass(4_999);
    expect([...two.told, ...three.told].filter((event) => event.startsWith("-"))).toEqual([]);
    expect(two.hub.isOnline("ann")).toBe(true);
    await pass(1);
    const left = [two, three].map(({ told }) => told.filter((event) => event.startsWith("-")).sort());
    expect(left).toContainEqual(["-ann", "-ann@a"]);
    expect(left).toContainEqual(["-ann*", "-ann@a*"]);
  });

  test("that closes reports no user as left who has come back elsewhere", async () => {
    const { start, pass } = testCluster({ presenceGrace: 5_000 });
    const [one, two] = [start(), start()];
    one.join({ user: "ann" });
    await pass(1_000);
    await one.hub.close();
    await pass(2_000);
    const back = two.join({ user: "ann" });
    await pass(60_000);
    expect([...one.told, ...two.told]).toEqual(["+ann*", "+ann"]);
    back.connection.close();
    await pass(5_000);
    expect(two.told).toEqual(["+ann", "-ann*"]);
  });

  test("that closes passes on the users that the others have not heard of yet, and those that only another one has", async () => {
    const { start, pass } = testCluster({ presenceGrace: 5_000 });
    const [one, two] = [start(), start()];
    await pass(1_000);
    two.join({ user: "bob" });
    await pass(1_000);
    one.join({ user: "ann" });
    one.join({ user: "bob" });
    await one.hub.close();
    await pass(5_000);
    expect(one.told).toEqual(["+bob", "+ann*"]);
    expect(two.told).toEqual(["+bob*", "+ann", "-ann*"]);
    expect(two.hub.users()).toEqual(["bob"]);
  });

  test("that closes last ends the grace periods itself", async () => {
    const { start, pass } = testCluster({ presenceGrace: 5_000 });
    const one = start();
    one.join({ user: "ann" });
    await pass(1_000);
    await one.hub.close();
    expect(one.told).toEqual(["+ann*", "-ann*"]);
  });

  test("that dies is forgotten after the timeout", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann" });
    await pass(1_000);
    one.bus.cut();
    await pass(14_000);
    expect(two.hub.isOnline("ann")).toBe(true);
    await pass(1_000);
    expect(viewOf(two)).toEqual({ users: [], connections: 0, topics: [] });
    expect(two.told).toEqual(["+ann", "-ann"]);
  });

  test("that was out of reach for a while is known again, with what happened meanwhile", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const ann = one.join({ user: "ann" });
    await pass(1_000);
    for (const outage of [5_000, 60_000]) {
      one.bus.cut();
      ann.connection.close();
      one.join({ user: `after ${outage}` });
      await pass(outage);
      one.bus.mend();
      await pass(4_000);
      expect(two.hub.users().sort()).toEqual(one.hub.users().sort());
      expect(viewOf(two)).toEqual(viewOf(one));
    }
    expect(two.told).toEqual(["+ann", "+after 5000", "-ann", "-after 5000", "+after 5000", "+after 60000"]);
  });

  test("that missed a message in the middle asks for everything", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann" });
    await pass(1_000);
    network.loses = (to) => to === two.bus;
    one.join({ user: "bob" });
    await pass(1_000);
    network.loses = () => false;
    expect(two.hub.users()).toEqual(["ann"]);
    one.join({ user: "carl" });
    await pass(4_000);
    expect(two.hub.users()).toEqual(["ann", "bob", "carl"]);
  });

  test("that missed the last message learns it from a beat", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    await pass(1_000);
    network.loses = (to, message) => to === two.bus && message.includes('"delta"');
    one.join({ user: "ann" });
    await pass(10_000);
    expect(two.hub.users()).toEqual(["ann"]);
  });

  test("is told everything once, and only by those that it asks", async () => {
    const { start, pass, network } = testCluster();
    for (const user of ["ann", "bob", "carl"]) start().join({ user });
    await pass(1_000);
    const [asked] = network.sent.filter((message) => message.includes("ann"));
    network.sent.length = 0;
    start();
    await pass(30_000);
    const told = network.sent.filter((message) => message.includes('"snapshot"'));
    expect(told).toHaveLength(3);
    expect(asked).toContain('"seq":1,');
    network.sent.length = 0;
    const ask = { kind: "snapshot-request" as const, instances: [decodeMessage(asked!).from] };
    await network.connect().send(encodeMessage("unknown", ask));
    await pass(3_000);
    expect(network.sent.filter((message) => message.includes('"snapshot"'))).toEqual([
      expect.stringContaining("ann"),
    ]);
  });

  test("that misses a part of everything asks again", async () => {
    const { start, pass, network } = testCluster();
    const one = start();
    for (let i = 0; i < 3_000; i += 1) one.join({ user: `${i}${"x".repeat(200)}` });
    await pass(1_000);
    const late = start();
    let lost = 0;
    network.loses = (to, message) => {
      const loses = to === late.bus && message.includes('"part":1,') && lost === 0;
      if (loses) lost += 1;
      return loses;
    };
    await pass(12_000);
    expect(lost).toBe(1);
    expect(late.hub.users()).toEqual(one.hub.users());
  });

  test("does not take the others for dead when its own process stood still", async () => {
    const { start, pass, clock } = testCluster();
    const [one, two] = [start(), start()];
    one.join({ user: "ann" });
    await pass(1_000);
    const now = clock.now;
    clock.now = () => now.call(clock) + 3_600_000;
    await pass(5_000);
    expect(two.told).toEqual(["+ann"]);
  });

  test("works where messages take their time", async () => {
    const { start, pass, network } = testCluster();
    network.delay = 300;
    const [one, two] = [start(), start()];
    one.join({ user: "ann" });
    await pass(1_300);
    expect(two.hub.users()).toEqual(["ann"]);
    const late = start();
    await pass(4_000);
    expect(late.hub.users()).toEqual(["ann"]);
    void one.hub.close();
    await pass(299);
    expect(two.hub.users()).toEqual(["ann"]);
    await pass(1);
    expect(two.hub.users()).toEqual([]);
  });
});

describe("join and leave", () => {
  test("are told once on every instance, and say whether it was here", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const first = one.join({ user: "ann", topics: ["a"] });
    await pass(1_000);
    const second = two.join({ user: "ann", topics: ["a"] });
    await pass(1_000);
    first.connection.close();
    await pass(1_000);
    for (const { told } of [one, two]) expect(told.filter((what) => what.startsWith("-"))).toEqual([]);
    second.connection.close();
    await pass(1_000);
    expect(one.told).toEqual(["+ann*", "+ann@a*", "-ann@a", "-ann"]);
    expect(two.told).toEqual(["+ann", "+ann@a", "-ann@a*", "-ann*"]);
  });

  test("do not come where a user moves to another instance within the grace period", async () => {
    const { start, pass } = testCluster({ presenceGrace: 5_000 });
    const [one, two, three] = [start(), start(), start()];
    one.join({ user: "ann" });
    await pass(1_000);
    await one.hub.close();
    await pass(3_000);
    const { connection } = two.join({ user: "ann" });
    await pass(60_000);
    expect([two.told, three.told]).toEqual([["+ann"], ["+ann"]]);
    connection.close();
    await pass(4_999);
    expect(two.hub.isOnline("ann", { scope: "instance" })).toBe(true);
    expect([two.told, three.told]).toEqual([["+ann"], ["+ann"]]);
    await pass(1_001);
    expect([two.told, three.told]).toEqual([
      ["+ann", "-ann*"],
      ["+ann", "-ann"],
    ]);
  });

  test("are not told of those who stay elsewhere when an instance closes", async () => {
    const { start, pass, clock } = testCluster({ presenceGrace: 60_000 });
    const [one, two] = [start(), start()];
    one.join({ user: "ann" }).connection.close();
    two.join({ user: "bob" });
    await pass(1_000);
    await one.hub.close();
    expect(one.told).toEqual(["+ann*", "+bob"]);
    expect(one.hub.users()).toEqual([]);
    two.hub.disconnect({ user: "bob" });
    await two.hub.close();
    expect(two.told.filter((event) => event === "-ann*")).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});

describe("an ephemeral event", () => {
  test("reaches the live connections of its audience on all instances, each once", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const clients = [
      one.join({ user: "ann", topics: ["a"] }),
      two.join({ user: "bob", topics: ["a", "b"] }),
      two.join({ topics: ["c"] }),
    ];
    const ephemeral = { ephemeral: true };
    await expect(one.hub.publish(["a", "b"], { event: "e", data: 'to "a"\nand b' }, ephemeral)).resolves.toBe(
      "",
    );
    await one.hub.sendTo("bob", { data: { to: "bob" } }, ephemeral);
    await two.hub.broadcast({ data: "to all" }, ephemeral);
    await pass(0);
    const received = clients.map(({ sink }) =>
      sink.blocks.filter(({ type, data }) => data !== undefined && !type.startsWith("sse:")),
    );
    expect(received.map((blocks) => blocks.map(({ type, data }) => `${type} ${data}`))).toEqual([
      ['e to "a"\nand b', "message to all"],
      ['e to "a"\nand b', 'message {"to":"bob"}', "message to all"],
      ["message to all"],
    ]);
    expect(received.flat().every(({ id }) => id === undefined)).toBe(true);
    expect(two.hub.stats().published).toBe(1);
  });

  test("may stay on its instance", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    const [here, there] = [one.join(), two.join()];
    network.sent.length = 0;
    await one.hub.broadcast({ data: "here" }, { ephemeral: true, scope: "instance" });
    await pass(0);
    expect([here.sink.text.includes("data: here"), there.sink.text.includes("data: here")]).toEqual([
      true,
      false,
    ]);
    expect(network.sent).toEqual([]);
  });

  test("alone may stay on its instance", async () => {
    const { hub } = testCluster().start();
    await expect(hub.broadcast({ data: "x" }, { scope: "instance" })).rejects.toMatchObject({
      code: "invalid-option",
      field: "scope",
    });
    await expect(
      hub.broadcast({ data: "x" }, { ephemeral: true, scope: "world" as "hub" }),
    ).rejects.toMatchObject({ code: "invalid-option", field: "scope" });
  });

  test("reaches this instance where the bus cannot send it, and `error` is told now and then", async () => {
    const { start, pass } = testCluster();
    const one = start();
    const client = one.join();
    one.bus.cut();
    one.errors.length = 0;
    for (let i = 0; i < 100; i += 1)
      await expect(one.hub.broadcast({ data: `n${i}` }, { ephemeral: true })).resolves.toBe("");
    await pass(0);
    expect(client.sink.text.match(/data: n/g)).toHaveLength(100);
    expect(one.errors).toEqual([expect.objectContaining({ code: "log-unavailable" })]);
    await pass(10_000);
    await one.hub.broadcast({ data: "x" }, { ephemeral: true });
    await settle();
    expect(one.errors).toHaveLength(2);
  });

  test("is not sent while 16 MiB wait for a bus that hangs", async () => {
    const { start, network } = testCluster();
    const one = start();
    one.bus.answers = false;
    for (let i = 0; i < 100; i += 1)
      await one.hub.broadcast({ data: "x".repeat(250_000) }, { ephemeral: true });
    expect(one.errors).toEqual([expect.objectContaining({ code: "overloaded" })]);
    expect(network.sent.length).toBeLessThan(3);
  });

  test("is sent however many came before, as long as the bus takes them", async () => {
    const { start, network } = testCluster();
    const one = start();
    for (let i = 0; i < 100; i += 1)
      await one.hub.broadcast({ data: "x".repeat(250_000) }, { ephemeral: true });
    expect(one.errors).toEqual([]);
    expect(network.sent.filter((message) => message.includes('"event"'))).toHaveLength(100);
  });

  test("that is larger than a bus takes stays on its instance, and `error` is told", async () => {
    const { start, pass } = testCluster({ limits: { eventBytes: 524_288 } });
    const [one, two] = [start(), start()];
    const [here, there] = [one.join(), two.join()];
    await one.hub.broadcast({ data: "x".repeat(524_288) }, { ephemeral: true });
    await pass(0);
    expect([here.sink.text.includes("data: x"), there.sink.text.includes("data: x")]).toEqual([true, false]);
    expect(one.errors).toEqual([expect.objectContaining({ code: "too-large" })]);
  });
});

describe("disconnect", () => {
  test("reaches a user on all instances, with the same retry, and counts those here", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const clients = [one.join({ user: "ann" }), two.join({ user: "ann" }), two.join({ user: "ann" })];
    const other = two.join({ user: "bob" });
    expect(one.hub.disconnect({ user: "ann" }, { retry: 77_000 })).toBe(1);
    for (const { sink } of clients) {
      expect(sink.ending).toBe("closed");
      expect(sink.blocks.at(-1)).toMatchObject({ retry: 77_000 });
    }
    expect(other.connection.state).toBe("live");
  });

  test("reaches a user whatever other forms of a target are undefined", () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const clients = [one.join({ user: "ann" }), two.join({ user: "ann" })];
    const target = { user: "ann", topic: undefined, connection: undefined };
    expect(one.hub.disconnect(target as { user: string })).toBe(1);
    expect(clients.map(({ connection }) => connection.state)).toEqual(["closed", "closed"]);
  });

  test("finds a connection wherever it is", () => {
    const { start, network } = testCluster();
    const [one, two] = [start(), start()];
    const [here, there] = [one.join(), two.join()];
    expect(one.hub.disconnect({ connection: there.connection.id })).toBe(0);
    expect([here.connection.state, there.connection.state]).toEqual(["live", "closed"]);
    network.sent.length = 0;
    expect(one.hub.disconnect({ connection: here.connection.id })).toBe(1);
    expect(network.sent).toEqual([]);
  });

  test("takes no bad retry, and tells no instance of it", () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann" });
    expect(() => one.hub.disconnect({ user: "ann" }, { retry: -1 })).toThrow(
      expect.objectContaining({ field: "retry" }),
    );
    expect(connection.state).toBe("live");
  });
});

describe("the bus", () => {
  test("is the log's own if no other is given, and `null` is none", async () => {
    const { network, clock } = testCluster();
    const log = () => Object.assign(createMemoryLog(), { bus: network.connect() });
    const own = log();
    const hub = createHub({ log: own, clock });
    expect(own.bus.isListenedTo).toBe(true);
    await hub.close();
    expect(own.bus).toMatchObject({ isListenedTo: false, isClosed: false });
    const [none, other] = [log(), network.connect()];
    createHub({ log: none, bus: null, clock });
    createHub({ log: none, bus: other, clock });
    expect([none.bus.isListenedTo, other.isListenedTo]).toEqual([false, true]);
  });

  test("that has been closed makes no hub, and leaves the log unfollowed", async () => {
    const { start, network } = testCluster();
    const bus = network.connect();
    const log = new InstanceLog(createMemoryLog(), 0);
    await bus.close();
    expect(() => start({ bus, log })).toThrow(expect.objectContaining({ code: "closed" }));
    expect(log.isFollowed).toBe(false);
  });

  test("that hangs holds up closing for a second at most", async () => {
    const { start, pass, clock } = testCluster();
    const one = start();
    one.bus.answers = false;
    let closed = false;
    void one.hub.close().then(() => {
      closed = true;
    });
    await pass(999);
    expect(closed).toBe(false);
    await pass(1);
    expect(closed).toBe(true);
    expect(clock.timers).toBe(0);
  });

  test("that hangs makes no queue: what changed is told once it answers", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    await pass(1_000);
    const send = one.bus.send.bind(one.bus);
    let hanging = 0;
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    one.bus.send = async (message) => {
      hanging += 1;
      await gate;
      return send(message);
    };
    for (let i = 0; i < 10; i += 1) {
      one.join({ user: `u${i}` });
      await pass(1_000);
    }
    expect(hanging).toBe(1);
    network.sent.length = 0;
    open();
    await pass(2_000);
    expect(two.hub.users()).toHaveLength(10);
  });

  test("hears nothing more of an instance that has said goodbye while it was speaking", async () => {
    const { start, pass, network } = testCluster();
    const [one, two] = [start(), start()];
    await pass(1_000);
    const send = one.bus.send.bind(one.bus);
    let open: () => void = () => {};
    one.bus.send = async (message) => {
      if (message.includes('"delta"'))
        await new Promise<void>((resolve) => {
          open = resolve;
        });
      return send(message);
    };
    for (let i = 0; i < 3_000; i += 1) one.join({ user: `${i}${"x".repeat(200)}` });
    await pass(1_000);
    await one.hub.close();
    network.sent.length = 0;
    open();
    await settle();
    expect(network.sent).toHaveLength(1);
    await pass(60_000);
    expect(two.hub.stats().instances).toBe(1);
  });

  test("that is in trouble is told to `error`", () => {
    const one = testCluster().start();
    one.bus.cut();
    expect(one.errors).toEqual([new Error("the link to the bus broke")]);
  });

  test("that begins to work later is used from then on", async () => {
    const { start, pass, network, clock } = testCluster();
    const late = network.connect();
    late.cut();
    const [one, two] = [start({ bus: late }), start()];
    one.join({ user: "ann" });
    await pass(10_000);
    expect(one.errors).toEqual([]);
    late.mend();
    await pass(3_000);
    expect(two.hub.users()).toEqual(["ann"]);
    await Promise.all([two.hub.close(), one.hub.close()]);
    expect(clock.timers).toBe(0);
  });

  test("that begins to work only after very many have come and gone is told who is there then", async () => {
    const { start, pass, network } = testCluster();
    const bus = network.connect();
    bus.cut();
    const [one, two] = [start({ bus }), start()];
    one.join({ user: "first" });
    const { connection } = one.join({ user: "ann" });
    for (let i = 0; i < 100_000; i += 1) {
      connection.subscribe(`room ${i}`);
      connection.unsubscribe(`room ${i}`);
    }
    one.join({ user: "last" });
    network.sent.length = 0;
    bus.mend();
    await pass(5_000);
    expect(two.hub.users()).toEqual(["first", "ann", "last"]);
    expect(Math.max(...network.sent.map((message) => message.length))).toBeLessThan(262_144);
    expect(network.sent.length).toBeLessThan(60);
  });

  test("that breaks again and again leaves one timer, and none after the end", async () => {
    const { start, pass, clock } = testCluster();
    const one = start();
    for (let i = 0; i < 5; i += 1) {
      one.bus.cut();
      one.bus.mend();
    }
    expect(clock.timers).toBe(1);
    await pass(3_000);
    await one.hub.close();
    expect(clock.timers).toBe(0);
  });

  test("that never worked is no trouble when the hub closes", async () => {
    const { start, network } = testCluster();
    const bus = network.connect();
    bus.cut();
    const one = start({ bus });
    await one.hub.close();
    expect(one.errors).toEqual([]);
  });

  test("brings nothing to a hub without one", async () => {
    const { start, clock } = testCluster();
    const { hub } = start({ bus: null });
    expect(hub.stats().instances).toBe(1);
    await hub.close();
    expect(clock.timers).toBe(0);
  });
});
