import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/log/channel.js";
import type { EventLog, LogPage, NewLogEntry, ReadStart } from "../../src/log/event-log.js";
import { createMemoryLog, type MemoryLogOptions } from "../../src/log/memory-log.js";
import type { Position } from "../../src/log/position.js";
import { ManualClock } from "../support/clock.js";

// The contract of EventLog is tested by the conformance suite; here are the bounds and the
// positions of this log.

interface Fixture {
  readonly log: EventLog;
  readonly clock: ManualClock;
  append(data: string, ...channels: Channel[]): Promise<Position>;
  /** Returns what is held for these channels. */
  held(...channels: Channel[]): Promise<string[]>;
  read(start: ReadStart, channels: Channel[], limit?: number): Promise<LogPage>;
}

function open(options: MemoryLogOptions = {}): Fixture {
  const clock = new ManualClock();
  const log = createMemoryLog({ now: () => clock.now(), ...options });
  const read = async (start: ReadStart, channels: Channel[], limit = 10_000) =>
    log.read(start, { channels: new Set(channels), through: await log.head(), limit });
  return {
    log,
    clock,
    append: (data, ...channels) => log.append({ channels, data }),
    held: async (...channels) => (await read("", channels)).entries.map(({ data }) => data),
    read,
  };
}

describe("positions of a memory log", () => {
  test("are an epoch and an offset that counts from 1", async () => {
    const { log, append } = open();
    expect(await log.head()).toMatch(/^[a-z0-9]{12}-0$/);
    expect(await append("x", "*")).toMatch(/^[a-z0-9]{12}-1$/);
    expect(await append("x", "*")).toMatch(/^[a-z0-9]{12}-2$/);
  });

  test("of an earlier life are recognized as such, even where they are ahead", async () => {
    const earlier = open();
    for (let i = 0; i < 10; i += 1) await earlier.append("x", "*");
    const { append, read } = open();
    await append("new", "*");
    const page = await read(await earlier.log.head(), ["*"]);
    expect(page.gap?.reason).toBe("epoch");
    expect(page.entries.map(({ data }) => data)).toEqual(["new"]);
  });

  test("that were never given out are unknown", async () => {
    const { log, append, read } = open();
    const epoch = (await append("x", "*")).split("-")[0];
    for (const text of [
      `${epoch}-2`,
      `${epoch}-999`,
      `${epoch}-01`,
      `${epoch}--1`,
      `${epoch}-1.0`,
      `${epoch}-1e0`,
    ]) {
      const page = await read(text, ["*"]);
      expect(page.gap?.reason).toBe("unknown");
      expect(page.entries).toHaveLength(1);
    }
    expect(log.compare(`${epoch}-${"9".repeat(16)}`, `${epoch}-1`)).toBeNaN();
  });
});

describe("entries of one channel", () => {
  test("share one list of channels, whatever list each was appended with", async () => {
    const { append, read } = open();
    for (const data of ["1", "2", "3"]) await append(data, "topic:a");
    await append("both", "topic:a", "topic:b");
    const { entries } = await read("", ["topic:a"]);
    expect(entries.map(({ channels }) => channels)).toEqual([
      ["topic:a"],
      ["topic:a"],
      ["topic:a"],
      ["topic:a", "topic:b"],
    ]);
    expect(entries[2]!.channels).toBe(entries[1]!.channels);
  });
});

describe("the bound by channel", () => {
  test("keeps the newest of each topic, each user and what is broadcast", async () => {
    const { append, held } = open({ maxEventsPerTopic: 2 });
    for (const i of ["1", "2", "3"]) {
      await append(`topic ${i}`, "topic:a");
      await append(`user ${i}`, "user:a");
      await append(`all ${i}`, "*");
    }
    expect(await held("topic:a")).toEqual(["topic 2", "topic 3"]);
    expect(await held("user:a")).toEqual(["user 2", "user 3"]);
    expect(await held("*")).toEqual(["all 2", "all 3"]);
  });

  test("keeps an entry while one of its channels counts it, for all of them", async () => {
    const { append, held } = open({ maxEventsPerTopic: 1 });
    await append("both", "topic:quiet", "topic:noisy");
    await append("noise 1", "topic:noisy");
    expect(await held("topic:noisy")).toEqual(["both", "noise 1"]);
    await append("end", "topic:quiet");
    expect(await held("topic:noisy")).toEqual(["noise 1"]);
  });

  test("is 1,000 by default, and none at 0", async () => {
    const [bounded, unbounded] = [open(), open({ maxEventsPerTopic: 0 })];
    for (let i = 0; i < 1_001; i += 1) {
      await bounded.append("x", "topic:a");
      await unbounded.append("x", "topic:a");
    }
    expect(await bounded.held("topic:a")).toHaveLength(1_000);
    expect(await unbounded.held("topic:a")).toHaveLength(1_001);
  });
});

describe("the bounds in all", () => {
  test("by count evict the oldest, whatever its channel", async () => {
    const { append, held, read } = open({ maxEvents: 3 });
    await append("quiet", "topic:quiet");
    for (const i of ["1", "2", "3"]) await append(i, "topic:noisy");
    expect(await held("topic:quiet", "topic:noisy")).toEqual(["1", "2", "3"]);
    expect((await read("", ["topic:quiet"])).entries).toEqual([]);
  });

  test("by bytes count names and data as UTF-8", async () => {
    const { log, append, held } = open({ maxBytes: 10 });
    await append("éé", "*");
    await log.append({ channels: ["*"], event: "name", data: "12" });
    expect(await held("*")).toEqual(["éé", "12"]);
    await append("3", "*");
    expect(await held("*")).toEqual(["12", "3"]);
  });

  test("by bytes count conflate keys, and the names of all channels but the first", async () => {
    const { log, held } = open({ maxBytes: 100 });
    await log.append({ channels: ["*"], data: "a", conflateKey: "k".repeat(99) });
    expect(await held("*")).toEqual(["a"]);
    await log.append({ channels: ["*", `topic:${"x".repeat(50)}`, `user:${"x".repeat(38)}`], data: "b" });
    expect(await held("*")).toEqual(["b"]);
    await log.append({ channels: ["*"], data: "c" });
    expect(await held("*")).toEqual(["c"]);
  });

  test("evict an entry that is larger than all that may be held, but only after its followers have it", async () => {
    const { log, append, held, read } = open({ maxBytes: 10 });
    const followed: string[] = [];
    log.follow({
      reset() {},
      entries: (entries) => followed.push(...entries.map(({ data }) => data)),
      passed() {},
      error() {},
    });
    const start = await log.head();
    await append("12345678901", "*");
    expect(followed).toEqual(["12345678901"]);
    expect(await held("*")).toEqual([]);
    expect((await read(start, ["*"])).gap?.reason).toBe("evicted");
  });

  test("by age evict without a further append", async () => {
    const { clock, append, held, read } = open({ maxAge: 1_000 });
    const first = await append("old", "*");
    await clock.pass(500);
    await append("young", "*");
    await clock.pass(499);
    expect(await held("*")).toEqual(["old", "young"]);
    await clock.pass(1);
    expect(await held("*")).toEqual(["young"]);
    expect((await read(first, ["*"])).gap).toBeUndefined();
    await clock.pass(500);
    expect((await read(first, ["*"])).gap?.reason).toBe("evicted");
  });

  test("are told to the hub", async () => {
    const unlimited = Number.POSITIVE_INFINITY;
    expect(open().log.retention).toEqual({ maxEvents: 1_000, maxBytes: 64 * 1024 * 1024, maxAge: unlimited });
    expect(open({ maxEvents: 5, maxAge: 7, maxBytes: 9 }).log.retention).toEqual({
      maxEvents: 5,
      maxBytes: 9,
      maxAge: 7,
    });
    expect(open({ maxEvents: 0, maxEventsPerTopic: 0, maxBytes: 0 }).log.retention).toEqual({
      maxEvents: unlimited,
      maxBytes: unlimited,
      maxAge: unlimited,
    });
  });
});

describe("a gap", () => {
  test("is one for all topics, and entries of a busy one may be missing after it", async () => {
    const { log, append, read } = open({ maxEventsPerTopic: 2 });
    const start = await append("start", "topic:other");
    for (const i of ["1", "2"]) await append(`busy ${i}`, "topic:busy");
    const quiet = await append("quiet", "topic:quiet");
    for (const i of ["3", "4", "5"]) await append(`busy ${i}`, "topic:busy");
    const page = await read(start, ["topic:quiet", "topic:busy"], 1);
    expect(page.entries.map(({ data }) => data)).toEqual(["quiet"]);
    expect(page.gap?.reason).toBe("evicted");
    expect(log.compare(page.gap!.resumesAfter, quiet)).toBeLessThan(0);
    const next = await log.read(page.scannedThrough, {
      channels: new Set<Channel>(["topic:quiet", "topic:busy"]),
      through: await log.head(),
      limit: 1,
      knownEvictions: page.evictions,
    });
    expect(next.entries.map(({ data }) => data)).toEqual(["busy 4"]);
    expect(next.gap).toBeUndefined();
  });

  test("is told again only for what has gone since the log was last asked", async () => {
    const { log, append } = open({ maxEventsPerTopic: 1 });
    const start = await log.head();
    await append("1", "topic:a");
    await append("2", "topic:a");
    const options = { channels: new Set<Channel>(["topic:a"]), limit: 1, through: await log.head() };
    const { gap, evictions } = await log.read(start, options);
    expect(gap).toBeDefined();
    await append("elsewhere", "topic:b");
    await append("elsewhere", "topic:b");
    expect((await log.read(start, { ...options, knownEvictions: evictions })).gap).toBeUndefined();
  });

  test("of a topic without any event so far does not exist", async () => {
    const { log, append, read } = open({ maxEvents: 2 });
    const start = await log.head();
    for (let i = 0; i < 10; i += 1) await append("x", "topic:a");
    expect((await read(start, ["topic:b", "user:c"])).gap).toBeUndefined();
  });

  test("is found where the evicted entry lies between entries that are held", async () => {
    const { append, read } = open({ maxEventsPerTopic: 1 });
    const start = await append("kept 1", "topic:quiet");
    await append("lost", "topic:noisy");
    await append("kept 2", "user:a");
    await append("kept 3", "topic:noisy");
    const page = await read(start, ["topic:quiet", "topic:noisy", "user:a"]);
    expect(page.gap?.reason).toBe("evicted");
    expect(page.entries.map(({ data }) => data)).toEqual(["kept 2", "kept 3"]);
  });
});

describe("an idempotency key", () => {
  test("is remembered for two minutes by default, or as long as is wanted", async () => {
    const entry: NewLogEntry = { channels: ["*"], data: "x" };
    for (const [options, window] of [
      [{}, 120_000],
      [{ idempotencyWindow: 50 }, 50],
    ] as const) {
      const { log, clock } = open(options);
      const first = await log.append(entry, { idempotencyKey: "k" });
      await clock.pass(window - 1);
      expect(await log.append(entry, { idempotencyKey: "k" })).toBe(first);
      await clock.pass(1);
      expect(await log.append(entry, { idempotencyKey: "k" })).not.toBe(first);
    }
  });

  test("is remembered also when its entry is no longer held", async () => {
    const { log, append } = open({ maxEvents: 1 });
    const entry: NewLogEntry = { channels: ["*"], data: "x" };
    const first = await log.append(entry, { idempotencyKey: "k" });
    await append("next", "*");
    expect(await log.append(entry, { idempotencyKey: "k" })).toBe(first);
  });
});

test("a memory log stays right over a hundred thousand entries", async () => {
  const { append, held, read } = open({ maxEvents: 500, maxEventsPerTopic: 20 });
  let middle = "";
  for (let i = 0; i < 100_000; i += 1) {
    const position = await append(String(i), `topic:${i % 50}`);
    if (i === 99_900) middle = position;
  }
  expect(await held("topic:7")).toHaveLength(10);
  expect((await read(middle, ["topic:1", "topic:2"])).entries.map(({ data }) => data)).toEqual([
    "99901",
    "99902",
    "99951",
    "99952",
  ]);
});
