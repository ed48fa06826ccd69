import { describe, expect, test } from "vitest";
import { EventWindow } from "../../src/delivery/event-window.js";
import { Interest } from "../../src/delivery/interest.js";
import { Subscribers } from "../../src/delivery/subscribers.js";
import { type Channel, everyone } from "../../src/log/channel.js";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { HubOptions } from "../../src/options.js";
import { settle } from "../support/clock.js";
import { type TestHub, testHub } from "../support/hub.js";
import { InstanceLog } from "../support/instance-log.js";
import { SelectiveLog, type Whims } from "../support/selective-log.js";

interface SelectiveHub extends TestHub {
  /** What the hub sees of the log. */
  readonly view: SelectiveLog;
  /** The link between that and the log. */
  readonly link: InstanceLog;
  /** Appends to the log as another instance does, whatever is wanted here. */
  append(topic: string, data: string): Promise<string>;
}

/** A hub over a log that gives only what is wanted. */
function setUp(whims: Partial<Whims> = {}, options: HubOptions = {}): SelectiveHub {
  const engine = createMemoryLog();
  const link = new InstanceLog(engine, 0);
  const view = new SelectiveLog(link, whims);
  const world = testHub({ log: view, heartbeat: { interval: 0 }, ...options });
  world.hub.on("error", () => {});
  const append = (topic: string, data: string) => engine.append({ channels: [`topic:${topic}`], data });
  return { ...world, view, link, append };
}

describe("what a hub wants from its log", () => {
  test("is everyone's channel from the beginning, and what somebody follows here", () => {
    const { join, view } = setUp();
    expect(view.wanted).toEqual(["*"]);
    join();
    expect(view.wanted).toEqual(["*"]);
    join({ topics: ["a", "b"], user: "ann" });
    expect(view.wanted.toSorted()).toEqual(["*", "topic:a", "topic:b", "user:ann"]);
  });

  test("is released when the last one who follows it goes, not before", async () => {
    const { join, view } = setUp();
    const [one, other] = [join({ topics: ["a"] }), join({ topics: ["a", "b"] })];
    one.sink.leave();
    await settle();
    expect(view.wanted).toEqual(["*", "topic:a", "topic:b"]);
    other.sink.leave();
    await settle();
    expect(view.wanted).toEqual(["*"]);
    join({ topics: ["b"] });
    expect(view.wanted).toEqual(["*", "topic:b"]);
  });

  test("changes with the topics of a connection", () => {
    const { join, view } = setUp();
    const { connection } = join({ topics: ["a"] });
    connection.subscribe("b");
    connection.unsubscribe("a");
    expect(view.wanted).toEqual(["*", "topic:b"]);
  });

  test("is nothing once the hub is closed", async () => {
    const { hub, join, view } = setUp();
    join({ topics: ["a"], user: "ann" });
    join({ topics: ["b"] });
    await hub.close();
    expect(view.wanted).toEqual([]);
  });

  test("is not what a client asks for that is refused", () => {
    const { join, view } = setUp({}, { limits: { connections: 1 } });
    join({ topics: ["a"] });
    join({ topics: ["b"] });
    expect(view.wanted).toEqual(["*", "topic:a"]);
  });

  test("is told also through a hub that watches its log", async () => {
    const { append, hub, join, tick, view } = setUp({}, { whenLogUnavailable: "refuse" });
    const client = join({ topics: ["a"] });
    await append("a", "wanted");
    const last = await append("b", "unwanted");
    view.pass();
    await tick();
    expect(client.data).toEqual(["wanted"]);
    expect([view.wanted, hub.position()]).toEqual([["*", "topic:a"], last]);
  });
});

describe("a reader of what has just come to be wanted", () => {
  test("is live at once at the head, and gets what is published from that turn on", async () => {
    const { append, hub, join, tick, view } = setUp();
    await append("a", "before");
    view.pass();
    const client = join({ topics: ["a"] });
    void hub.publish("a", { data: "same turn" });
    expect(client.connection.state).toBe("live");
    await append("a", "later");
    await tick();
    expect(client.data).toEqual(["same turn", "later"]);
    expect(view.reads).toBe(0);
  });

  test("gets what came to the log meanwhile, but lay beyond the followed head as it came", async () => {
    const { append, join, tick, view } = setUp();
    await append("a", "not followed yet");
    const client = join({ topics: ["a"] });
    view.give();
    await tick();
    expect(client.data).toEqual(["not followed yet"]);
  });

  test("gets what it missed from the log, for the window never had it", async () => {
    const { append, hub, join, tick, view } = setUp();
    const start = hub.position();
    join({ topics: ["b"] });
    for (const data of ["0", "1", "2"]) {
      await append("a", data);
      await append("b", data);
    }
    const client = join({ topics: ["a"] }, { lastEventId: start });
    expect(client.connection.state).toBe("catching-up");
    await settle();
    expect(client.connection.state).toBe("live");
    expect(client.said("sse:gap")).toEqual([]);
    await append("a", "3");
    await tick();
    expect(client.data).toEqual(["0", "1", "2", "3"]);
    expect(view.reads).toBe(1);
  });

  test("who follows more gets all of it in one order", async () => {
    const { append, hub, join, tick } = setUp();
    const start = hub.position();
    join({ topics: ["b"] });
    for (const [topic, data] of ["a", "b", "b", "a", "b"].entries()) await append(data, `${data}${topic}`);
    const client = join({ topics: ["a", "b"] }, { lastEventId: start });
    await settle();
    await append("a", "last");
    await tick();
    expect(client.data).toEqual(["a0", "b1", "b2", "a3", "b4", "last"]);
  });

  test("who comes again while it is still wanted gets it from the window", async () => {
    const { append, join, tick, view } = setUp({ lingers: 100 });
    const first = join({ topics: ["a"] });
    await append("a", "0");
    await tick();
    first.sink.leave();
    await settle();
    expect(view.wanted).toEqual(["*"]);
    await append("a", "1");
    const again = join({ topics: ["a"] }, { lastEventId: first.lastId });
    expect(again.data).toEqual(["1"]);
    expect([again.connection.state, view.reads]).toEqual(["live", 0]);
  });

  test("who comes again when it is not gets it from the log", async () => {
    const { append, join, tick, view } = setUp();
    const first = join({ topics: ["a"] });
    await append("a", "0");
    await tick();
    first.sink.leave();
    await settle();
    await append("a", "1");
    view.pass();
    const again = join({ topics: ["a"] }, { lastEventId: first.lastId });
    await settle();
    expect(again.data).toEqual(["1"]);
    expect([again.connection.state, view.reads]).toEqual(["live", 1]);
  });
});

describe("a reader of what has been wanted all the time", () => {
  test("is served by the window when it resumes, and when it was slow", async () => {
    const { append, hub, join, tick, view } = setUp();
    const slow = join({ topics: ["a"] }, { capacity: 100 });
    slow.sink.stall();
    const start = hub.position();
    for (const data of ["0", "1", "2"]) {
      await append("a", data.repeat(100));
      await tick();
    }
    expect(slow.connection.state).toBe("catching-up");
    slow.sink.flow();
    await tick();
    const other = join({ topics: ["a"] }, { lastEventId: start });
    expect([slow.data.length, other.data.length]).toEqual([3, 3]);
    expect([slow.connection.state, other.connection.state, view.reads]).toEqual(["live", "live", 0]);
  });

  test("goes on after a break with what the log holds of it, and then with the window", async () => {
    const { append, join, link, tick, view } = setUp();
    const client = join({ topics: ["a"] });
    await append("a", "0");
    link.breakLink();
    await settle();
    await append("a", "1");
    await tick();
    expect(client.data).toEqual(["0", "1"]);
    expect(client.connection.state).toBe("live");
    const reads = view.reads;
    const other = join({ topics: ["a"] }, { lastEventId: client.lastId });
    expect([other.connection.state, view.reads]).toEqual(["live", reads]);
  });

  test("is served by the window from where following began in a new life of the log", async () => {
    const { join, link, tick, append, view } = setUp();
    await append("b", "x");
    view.pass();
    join({ topics: ["a"] });
    const engine = createMemoryLog();
    link.loseEverything(engine);
    await settle();
    const start = await engine.head();
    await engine.append({ channels: ["topic:a"], data: "0" });
    await tick();
    const reads = view.reads;
    const other = join({ topics: ["a"] }, { lastEventId: start });
    expect([other.connection.state, other.data, view.reads]).toEqual(["live", ["0"], reads]);
  });
});

describe("a topic that a reader subscribes to while it is live", () => {
  test("counts from the followed head on: not a moment earlier, nor later", async () => {
    const { append, join, tick, view } = setUp();
    const client = join();
    await append("a", "before");
    view.pass();
    client.connection.subscribe("a");
    await append("a", "0");
    client.connection.unsubscribe("a");
    await append("a", "between");
    view.pass();
    client.connection.subscribe("a");
    await append("a", "1");
    await tick();
    expect(client.data).toEqual(["1"]);
  });

  test("is in the window from there on, should the client be slow", async () => {
    const { append, join, tick, view } = setUp();
    const client = join({ topics: ["b"] }, { capacity: 100 });
    await append("a", "before");
    view.pass();
    client.connection.subscribe("a");
    client.sink.stall();
    for (const topic of ["b", "a", "a", "b"]) {
      await append(topic, topic.repeat(100));
      await tick();
    }
    expect(client.connection.state).toBe("catching-up");
    client.sink.flow();
    await tick();
    expect(client.data.map((data) => data[0])).toEqual(["b", "a", "a", "b"]);
    expect(view.reads).toBe(0);
  });
});

describe("a topic that a reader subscribes to while it catches up", () => {
  test("counts from the followed head on, whichever of log and window it reads", async () => {
    const { append, join, tick, view, hub } = setUp();
    const start = hub.position();
    await append("a", "a0");
    await append("b", "b0");
    view.pass();
    const client = join({ topics: ["a"] }, { lastEventId: start });
    expect(client.connection.state).toBe("catching-up");
    client.connection.subscribe("b");
    await append("b", "b1");
    await append("a", "a1");
    await settle();
    await tick();
    expect(client.connection.state).toBe("live");
    expect(client.data).toEqual(["a0", "b1", "a1"]);
  });

  test("does not send a slow reader from the window to the log", async () => {
    const { append, join, tick, view } = setUp();
    const client = join({ topics: ["a"] }, { capacity: 100 });
    client.sink.stall();
    for (const data of ["a0", "a1", "a2"]) {
      await append("a", data.padEnd(100));
      await tick();
    }
    await append("b", "b0");
    view.pass();
    expect(client.connection.state).toBe("catching-up");
    client.connection.subscribe("b");
    await append("b", "b1");
    await append("a", "a3");
    await tick();
    client.sink.flow();
    await tick();
    expect(client.data.map((data) => data.trim())).toEqual(["a0", "a1", "a2", "b1", "a3"]);
    expect(view.reads).toBe(0);
  });
});

describe("what the log has passed", () => {
  test("is followed: the hub's position is there, and who connects begins there", async () => {
    const { append, hub, join, view } = setUp();
    const last = await append("a", "unwanted");
    expect(hub.position()).not.toBe(last);
    view.pass();
    expect(hub.position()).toBe(last);
    const client = join({ topics: ["a"] });
    expect(client.lastId).toBe(last);
  });

  test("is the id that idle clients are shown", async () => {
    const { append, clock, join, view } = setUp({}, { heartbeat: { interval: 1_000 } });
    const client = join({ topics: ["b"] });
    const last = await append("a", "unwanted");
    await clock.pass(1_000);
    expect(client.lastId).not.toBe(last);
    view.pass();
    await clock.pass(1_000);
    expect(client.lastId).toBe(last);
    expect(client.data).toEqual([]);
  });

  test("is shown to nobody before what lies below it and waits for the end of the tick", async () => {
    const { append, clock, join, tick, view } = setUp({}, { heartbeat: { interval: 1_000 } });
    const client = join({ topics: ["b"] });
    const wanted = await append("b", "wanted");
    const last = await append("a", "unwanted");
    view.pass();
    await clock.pass(2_000);
    expect([client.lastId === last, client.data]).toEqual([false, []]);
    await tick();
    expect([client.lastId, client.data]).toEqual([wanted, ["wanted"]]);
    await clock.pass(2_000);
    expect(client.lastId).toBe(last);
  });

  test("is where a client that was slow goes on from", async () => {
    const { append, join, tick, view } = setUp();
    const client = join({ topics: ["b"] }, { capacity: 100 });
    client.sink.stall();
    await append("b", "0".repeat(100));
    await tick();
    await append("a", "unwanted");
    view.pass();
    await append("b", "1");
    await tick();
    await append("a", "unwanted");
    view.pass();
    client.sink.flow();
    await tick();
    await append("b", "2");
    await tick();
    expect(client.data.map((data) => data[0])).toEqual(["0", "1", "2"]);
    expect([client.connection.state, view.reads]).toEqual(["live", 0]);
  });

  test("is the id of sse:live after a resume from the window", async () => {
    const { append, hub, join, view } = setUp();
    const start = hub.position();
    join({ topics: ["b"] });
    await append("b", "0");
    const last = await append("a", "unwanted");
    view.pass();
    const client = join({ topics: ["b"] }, { lastEventId: start });
    expect([client.data, client.lastId]).toEqual([["0"], last]);
  });

  test("lets a client go on whose id of another instance was ahead of it", async () => {
    const { append, clock, join, tick, view } = setUp();
    const ahead = await append("a", "seen elsewhere");
    const client = join({ topics: ["b"] }, { lastEventId: ahead });
    await clock.pass(1_000);
    expect(client.connection.state).toBe("catching-up");
    view.pass();
    await clock.pass(1_000);
    expect(client.connection.state).toBe("live");
    await append("b", "0");
    await tick();
    expect(client.data).toEqual(["0"]);
    expect(client.said("sse:gap")).toEqual([]);
  });
});

describe("an interest", () => {
  const positions = ["", "e-0", "e-1", "e-2"];
  const compare = (a: string, b: string) => positions.indexOf(a) - positions.indexOf(b);

  test("forgets from where on it had a channel when that is released: the next time may know more", () => {
    const sinces = ["e-2", ""];
    const window = new EventWindow({ compare } as EventLog, { maxEvents: 10, maxBytes: 1_000 }, () => 0);
    window.reset("e-0");
    const subscribers = new Subscribers<string>((channel) => interest.followersChanged(channel));
    const want = (channel: Channel) => ({
      since: channel === everyone ? "" : sinces.shift()!,
      release: () => {},
    });
    const interest = new Interest(want, subscribers, window);
    subscribers.add("topic:a", "ann");
    expect(window.after("e-1", new Set(["topic:a"]))).toBeUndefined();
    subscribers.remove("topic:a", "ann");
    subscribers.add("topic:a", "ann");
    expect(window.after("e-1", new Set(["topic:a"]))).toEqual([]);
  });
});
