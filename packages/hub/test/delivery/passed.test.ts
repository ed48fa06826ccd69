import { describe, expect, test } from "vitest";
import type { EventLog, LogFollower } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { Position } from "../../src/log/position.js";
import type { HubOptions } from "../../src/options.js";
import { type TestHub, testHub } from "../support/hub.js";

/**
 * A log in which the entries of the topic `silent` are no entries for its followers: they only move
 * the head, when `pass` is called.
 */
interface PassingLog extends EventLog {
  /** The number of pages that were read. */
  readonly reads: number;
  /** Moves the followed head past the silent entries. */
  pass(): void;
}

interface PassingHub extends TestHub {
  readonly view: PassingLog;
  append(topic: string, data: string): Promise<Position>;
}

function setUp(options: HubOptions = {}): PassingHub {
  const engine = createMemoryLog();
  const view = passingLog(engine);
  const world = testHub({ log: view, heartbeat: { interval: 0 }, ...options });
  const append = (topic: string, data: string) => engine.append({ channels: [`topic:${topic}`], data });
  return { ...world, view, append };
}

function passingLog(engine: EventLog): PassingLog {
  let follower: LogFollower | undefined;
  let passed: Position = "";
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    pass: () => follower?.passed(passed),
    append: (entry, options) => engine.append(entry, options),
    read(start, options) {
      reads += 1;
      return engine.read(start, options);
    },
    follow(given) {
      follower = given;
      return engine.follow({
        reset: (head) => given.reset(head),
        entries(entries) {
          passed = entries.at(-1)!.position;
          const shown = entries.filter(({ channels }) => !channels.includes("topic:silent"));
          if (shown.length > 0) given.entries(shown);
        },
        passed: (head) => given.passed(head),
        error: (error) => given.error(error),
      });
    },
    head: () => engine.head(),
    compare: (a, b) => engine.compare(a, b),
    close: () => engine.close(),
  };
}

describe("what the log has passed", () => {
  test("is followed: the hub's position is there, and who connects begins there", async () => {
    const { append, hub, join, view } = setUp();
    const last = await append("silent", "for no one here");
    expect(hub.position()).not.toBe(last);
    view.pass();
    expect(hub.position()).toBe(last);
    const client = join({ topics: ["a"] });
    expect(client.lastId).toBe(last);
  });

  test("is the id that idle clients are shown", async () => {
    const { append, clock, join, view } = setUp({ heartbeat: { interval: 1_000 } });
    const client = join({ topics: ["b"] });
    const last = await append("silent", "for no one here");
    await clock.pass(1_000);
    expect(client.lastId).not.toBe(last);
    view.pass();
    await clock.pass(1_000);
    expect(client.lastId).toBe(last);
    expect(client.data).toEqual([]);
  });

  test("is shown to no one before what lies below it and waits for the end of the tick", async () => {
    const { append, clock, join, tick, view } = setUp({ heartbeat: { interval: 1_000 } });
    const client = join({ topics: ["b"] });
    const entry = await append("b", "entry");
    const last = await append("silent", "for no one here");
    view.pass();
    await clock.pass(2_000);
    expect([client.lastId === last, client.data]).toEqual([false, []]);
    await tick();
    expect([client.lastId, client.data]).toEqual([entry, ["entry"]]);
    await clock.pass(2_000);
    expect(client.lastId).toBe(last);
  });

  test("is where a client that was slow goes on from", async () => {
    const { append, join, tick, view } = setUp();
    const client = join({ topics: ["b"] }, { capacity: 100 });
    client.sink.stall();
    await append("b", "0".repeat(100));
    await tick();
    await append("silent", "for no one here");
    view.pass();
    await append("b", "1");
    await tick();
    await append("silent", "for no one here");
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
    const last = await append("silent", "for no one here");
    view.pass();
    const client = join({ topics: ["b"] }, { lastEventId: start });
    expect([client.data, client.lastId]).toEqual([["0"], last]);
  });

  test("is asked of the log where a client begins between two entries: another history has one there", async () => {
    const { append, join, tick, view } = setUp();
    await append("b", "0");
    const between = await append("silent", "for no one here");
    await append("b", "1");
    await tick();
    const client = join({ topics: ["b"] }, { lastEventId: between });
    await tick();
    expect([client.data, view.reads, client.connection.state]).toEqual([["1"], 1, "live"]);
  });

  test("lets a client go on whose id of another instance was ahead of it", async () => {
    const { append, clock, join, tick, view } = setUp();
    const ahead = await append("silent", "seen elsewhere");
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
