import {
  type Channel,
  type EventLog,
  everyone,
  formatPosition,
  maxPageBytes,
  type NewLogEntry,
  parsePosition,
  topicChannel,
  userChannel,
} from "@sse/hub/log";
import { afterEach, describe, expect, test } from "vitest";
import type { EventLogFixture, EventLogSettings, FollowedLog } from "./event-log-fixture.js";
import { appendAll, entry, follow, numbers, readAll, type Tail } from "./log-tail.js";

/** Abilities that a log may lack. */
export interface EventLogAbilities {
  /**
   * Whether the log knows what it has evicted from which channel. One that does not reports gaps
   * that it cannot exclude, and the tests that allow no false gap are skipped. Default true.
   */
  exactGaps?: boolean;
}

/**
 * The contract of {@link EventLog}, one test or more for each sentence. The author of a
 * log runs it from a vitest file. Nothing is assumed about how long anything takes.
 */
export function describeEventLog(
  name: string,
  create: (settings: EventLogSettings) => EventLogFixture | Promise<EventLogFixture>,
  { exactGaps = true }: EventLogAbilities = {},
): void {
  const fixtures: EventLogFixture[] = [];

  async function open(settings: Partial<EventLogSettings> = {}): Promise<FollowedLog> {
    const fixture = await create({ maxEventsPerTopic: 1_000, ...settings });
    fixtures.push(fixture);
    return { ...fixture, tail: await follow(fixture.log) };
  }

  /** Opens another log object on the data of one that is open. */
  async function openOther(
    { another }: EventLogFixture,
    context: { skip(note: string): void },
  ): Promise<{ other: EventLog; otherTail: Tail }> {
    if (another === undefined) context.skip("the data live in the log object");
    const other = await another!();
    fixtures.push({ log: other });
    return { other, otherTail: await follow(other) };
  }

  afterEach(async () => {
    for (const { log, dispose } of fixtures.splice(0)) {
      await log.close();
      await dispose?.();
    }
  });

  describe(`the EventLog of ${name}`, () => {
    describe("a position", () => {
      test("has 1 to 64 characters of A-Z, a-z, 0-9, dot, underscore and hyphen", async () => {
        const { log } = await open();
        const positions = [await log.head(), await log.append(entry("a")), await log.append(entry("b"))];
        for (const position of positions) expect(position).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      });

      test("belongs to one entry", async () => {
        const { log } = await open();
        const before = await log.head();
        const positions = await appendAll(log, 50);
        expect(new Set([before, ...positions]).size).toBe(51);
      });
    });

    describe("append", () => {
      test("resolves to the position under which the entry is read and followed", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        const position = await log.append(entry("a"));
        await tail.has(position);
        const { entries } = await readAll(log, start, ["topic:a"], tail.head);
        expect(entries.map((read) => read.position)).toEqual([position]);
        expect(tail.positions).toEqual([position]);
      });

      test("keeps the order of the calls, awaited or not", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        const positions = await appendAll(log, 100);
        await tail.has(positions.at(-1)!);
        const { entries } = await readAll(log, start, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(numbers(100));
        expect(entries.map(({ position }) => position)).toEqual(positions);
      });

      test.each<[string, NewLogEntry]>([
        ["only channel and data", { channels: [everyone], data: "x" }],
        ["a name", { channels: [everyone], event: "price", data: "1" }],
        [
          "several channels",
          { channels: [topicChannel("a"), topicChannel("b"), userChannel("u")], data: "x" },
        ],
        ["a conflate key", { channels: [topicChannel("a")], data: "x", conflateKey: "AAPL" }],
        ["an exception", { channels: [topicChannel("a")], data: "x", except: "a connection" }],
        ["empty data", { channels: [everyone], data: "" }],
        ["lines, quotes and NUL", { channels: [everyone], data: 'a\nb\r\nc\rd\0e"f\\' }],
        ["all kinds of letters", { channels: [topicChannel("ä:* \n")], event: "größe", data: "äé漢字🎉" }],
        ["64 KiB", { channels: [everyone], data: "0123456789abcdef".repeat(4_096) }],
      ])("gives back what was stored: %s", async (_what, stored) => {
        const { log, tail } = await open();
        const start = await log.head();
        const position = await log.append(stored);
        await tail.has(position);
        const { entries } = await readAll(log, start, stored.channels, tail.head);
        expect(entries).toEqual([{ ...stored, position }]);
        expect(tail.entries).toEqual([{ ...stored, position }]);
      });
    });

    describe("an idempotency key", () => {
      test("answers the first position for the same entry and stores nothing", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        const first = await log.append(entry("a"), { idempotencyKey: "k" });
        await log.append(entry("a", "another"));
        expect(await log.append(entry("a"), { idempotencyKey: "k" })).toBe(first);
        const last = await log.append(entry("a", "last"));
        await tail.has(last);
        const { entries } = await readAll(log, start, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["x", "another", "last"]);
      });

      test("holds for appends that are in flight together", async () => {
        const { log, tail } = await open();
        const appends = await Promise.all(
          numbers(10).map(() => log.append(entry("a"), { idempotencyKey: "k" })),
        );
        expect(new Set(appends).size).toBe(1);
        await tail.has(await log.append(entry("a", "last")));
        expect(tail.entries.map(({ data }) => data)).toEqual(["x", "last"]);
      });

      test.each<[string, NewLogEntry]>([
        ["data", entry("a", "other")],
        ["name", { ...entry("a"), event: "other" }],
        ["channel", entry("b")],
        ["more channels", { channels: [topicChannel("a"), topicChannel("b")], data: "x" }],
      ])("is refused for an entry with other %s, which is not stored", async (_what, other) => {
        const { log, tail } = await open();
        await log.append(entry("a"), { idempotencyKey: "k" });
        await expect(log.append(other, { idempotencyKey: "k" })).rejects.toMatchObject({
          code: "idempotency-conflict",
        });
        await tail.has(await log.append(entry("a", "last")));
        expect(tail.entries.map(({ data }) => data)).toEqual(["x", "last"]);
      });

      test("is told to be repeated before the append resolves, and only then", async () => {
        const { log } = await open();
        const repeats: string[] = [];
        const append = async (what: string, appended: NewLogEntry, idempotencyKey: string) => {
          await log
            .append(appended, { idempotencyKey, onRepeat: () => repeats.push(what) })
            .then(() => repeats.push(`after ${what}`))
            .catch(() => {});
        };
        await append("first", entry("a"), "k");
        await append("second", entry("a"), "k");
        await append("third", entry("a"), "k");
        await append("another entry", entry("a", "other"), "k");
        await append("another key", entry("a"), "l");
        expect(repeats).toEqual([
          "after first",
          "second",
          "after second",
          "third",
          "after third",
          "after another key",
        ]);
      });

      test("is one of many: others do not touch it", async () => {
        const { log } = await open();
        const first = await log.append(entry("a"), { idempotencyKey: "k/0" });
        const second = await log.append(entry("a"), { idempotencyKey: "k/1" });
        expect(second).not.toBe(first);
      });
    });

    describe("read", () => {
      test("gives the entries of the channels asked for, and no others", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        for (const channel of ["topic:a", "topic:b", "user:a", "*", "topic:*", "topic:a"] as const)
          await log.append({ channels: [channel], data: channel });
        await tail.count(6);
        const read = async (...channels: Channel[]) =>
          (await readAll(log, start, channels, tail.head)).entries.map(({ data }) => data);
        expect(await read("topic:a")).toEqual(["topic:a", "topic:a"]);
        expect(await read("user:a")).toEqual(["user:a"]);
        expect(await read("*")).toEqual(["*"]);
        expect(await read("topic:b", "topic:*", "topic:none")).toEqual(["topic:b", "topic:*"]);
      });

      test("gives an entry for several of the channels once", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        await tail.has(await log.append({ channels: ["topic:a", "topic:b"], data: "both" }));
        const { entries } = await readAll(log, start, ["topic:a", "topic:b"], tail.head);
        expect(entries).toHaveLength(1);
      });

      test("gives the entries of several channels in the order of the log", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        for (const i of numbers(30)) void log.append({ channels: [`topic:${Number(i) % 4}`], data: i });
        await tail.count(30);
        const { entries } = await readAll(log, start, ["topic:0", "topic:2", "topic:3"], tail.head, 4);
        expect(entries.map(({ data }) => data)).toEqual(numbers(30).filter((i) => Number(i) % 4 !== 1));
      });

      test("begins after the start", async () => {
        const { log, tail } = await open();
        const positions = await appendAll(log, 5);
        await tail.count(5);
        for (const [i, position] of positions.entries()) {
          const { entries } = await readAll(log, position, ["topic:a"], tail.head);
          expect(entries.map(({ data }) => data)).toEqual(numbers(5).slice(i + 1));
        }
      });

      test("begins after a start that names an entry of another channel", async () => {
        const { log, tail } = await open();
        await log.append(entry("a", "before"));
        const between = await log.append(entry("b"));
        await log.append(entry("a", "after"));
        await tail.count(3);
        const { entries } = await readAll(log, between, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["after"]);
      });

      test("gives nothing beyond `through`", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        const positions = await appendAll(log, 5);
        await tail.count(5);
        const { entries, scannedThrough } = await readAll(log, start, ["topic:a"], positions[2]!);
        expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
        expect(log.compare(scannedThrough, positions[2]!)).toBe(0);
      });

      test("has nothing to give when the start is `through`", async () => {
        const { log, tail } = await open();
        const [position] = await appendAll(log, 1);
        await tail.count(1);
        const page = await log.read(position!, {
          channels: new Set(["topic:a"]),
          through: position!,
          limit: 10,
        });
        expect(page).toMatchObject({ entries: [], scannedThrough: position });
        expect(page.gap).toBeUndefined();
      });

      test("ends a page with the entry that brings it to a mebibyte, and goes on there", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        const size = 200_000;
        for (const i of numbers(14)) await log.append(entry("a", String(i).padEnd(size, "x")));
        await tail.count(14);
        const channels = new Set<Channel>(["topic:a"]);
        const seen: string[] = [];
        for (let from = start; log.compare(from, tail.head) < 0; ) {
          const page = await log.read(from, { channels, through: tail.head, limit: 1_000 });
          expect(page.gap).toBeUndefined();
          const bytes = page.entries.reduce((sum, { data }) => sum + data.length, 0);
          expect(bytes).toBeLessThan(maxPageBytes + size);
          seen.push(...page.entries.map(({ data }) => data.replaceAll("x", "")));
          from = page.scannedThrough;
        }
        expect(seen).toEqual(numbers(14));
      });

      test("reports a start with the tag of another entry as unknown, and returns everything held", async (context) => {
        const { log, tail } = await open();
        const positions = await appendAll(log, 5);
        const { epoch, offset, tag } = parsePosition(positions[2]!) ?? {};
        if (epoch === undefined || offset === undefined || tag === undefined)
          context.skip("the positions have no tags");
        await tail.has(positions[4]!);
        const rewritten = formatPosition({ epoch: epoch!, offset: offset!, tag: tag === "0" ? "1" : "0" });
        const { entries, gaps } = await readAll(log, rewritten, ["topic:a"], tail.head);
        expect(entries.map(({ position }) => position)).toEqual(positions);
        expect(gaps.map(({ reason }) => reason)).toEqual(["unknown"]);
        const untagged = formatPosition({ epoch: epoch!, offset: offset! });
        const later = await readAll(log, untagged, ["topic:a"], tail.head);
        expect([later.entries.map(({ position }) => position), later.gaps]).toEqual([positions.slice(3), []]);
      });

      test.each([1, 2, 7, 1_000])("gives pages of at most %i that join without a break", async (limit) => {
        const { log, tail } = await open();
        const start = await log.head();
        for (const i of numbers(20)) void log.append({ channels: [`topic:${Number(i) % 3}`], data: i });
        await tail.count(20);
        const { entries } = await readAll(log, start, ["topic:0", "topic:1"], tail.head, limit);
        expect(entries.map(({ data }) => data)).toEqual(numbers(20).filter((i) => Number(i) % 3 !== 2));
      });

      test("says how far it has looked, also where nothing matches", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        await appendAll(log, 10);
        await tail.count(10);
        const { entries, scannedThrough } = await readAll(log, start, ["topic:quiet"], tail.head);
        expect(entries).toEqual([]);
        expect(log.compare(scannedThrough, tail.head)).toBe(0);
      });

      test("may be called while others append and read", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        await appendAll(log, 20);
        await tail.count(20);
        const through = tail.head;
        const reads = numbers(10).map(() => readAll(log, start, ["topic:a"], through, 3));
        const more = appendAll(log, 20);
        for (const { entries } of await Promise.all(reads))
          expect(entries.map(({ data }) => data)).toEqual(numbers(20));
        await more;
      });
    });

    describe("read of the last n", () => {
      test.each([1, 3, 8])("begins with the %i newest over all channels", async (last) => {
        const { log, tail } = await open();
        for (const i of numbers(12)) void log.append({ channels: [`topic:${Number(i) % 3}`], data: i });
        await tail.count(12);
        const { entries, gaps } = await readAll(log, { last }, ["topic:0", "topic:1"], tail.head);
        const matching = numbers(12).filter((i) => Number(i) % 3 !== 2);
        expect(entries.map(({ data }) => data)).toEqual(matching.slice(-last));
        expect(gaps).toEqual([]);
      });

      test("counts up to `through`", async () => {
        const { log, tail } = await open();
        const positions = await appendAll(log, 6);
        await tail.count(6);
        const { entries } = await readAll(log, { last: 2 }, ["topic:a"], positions[3]!);
        expect(entries.map(({ data }) => data)).toEqual(["2", "3"]);
      });

      test("begins with the oldest held where there are fewer, without a gap", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 3 });
        await appendAll(log, 8);
        await tail.count(8);
        const { entries, gaps } = await readAll(log, { last: 100 }, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["5", "6", "7"]);
        expect(gaps).toEqual([]);
      });

      test("gives nothing where nothing matches, and has looked through all", async () => {
        const { log, tail } = await open();
        await appendAll(log, 3);
        await tail.count(3);
        const { entries, scannedThrough } = await readAll(log, { last: 5 }, ["topic:quiet"], tail.head);
        expect(entries).toEqual([]);
        expect(log.compare(scannedThrough, tail.head)).toBe(0);
      });
    });

    describe("a gap", () => {
      test("is reported where a matching entry after the start is no longer held", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 3 });
        const start = await log.head();
        const positions = await appendAll(log, 5);
        await tail.count(5);
        for (const from of [start, positions[0]!]) {
          const { entries, gaps } = await readAll(log, from, ["topic:a"], tail.head);
          expect(gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
          expect(entries.map(({ data }) => data)).toEqual(["2", "3", "4"]);
        }
      });

      test("is reported also where nothing that matches is left", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 1 });
        const start = await log.head();
        const first = await log.append(entry("a", "0"));
        const second = await log.append(entry("a", "1"));
        await tail.count(2);
        const { entries, gaps, scannedThrough } = await readAll(log, start, ["topic:a"], first);
        expect(entries).toEqual([]);
        expect(gaps).toHaveLength(1);
        expect(log.compare(scannedThrough, second)).toBeLessThan(0);
      });

      test.skipIf(!exactGaps)("is not reported where all that is no longer held was seen", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 3 });
        const positions = await appendAll(log, 5);
        await tail.count(5);
        for (const from of positions.slice(1)) {
          expect((await readAll(log, from, ["topic:a"], tail.head)).gaps).toEqual([]);
        }
      });

      test.skipIf(!exactGaps)("is not reported for what was evicted from other channels", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 2 });
        const start = await log.head();
        await log.append(entry("quiet", "kept"));
        await appendAll(log, 10);
        await tail.count(11);
        const { entries, gaps } = await readAll(log, start, ["topic:quiet"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["kept"]);
        expect(gaps).toEqual([]);
        const both = await readAll(log, start, ["topic:quiet", "topic:a"], tail.head);
        expect(both.gaps).toHaveLength(1);
        expect(both.entries.map(({ data }) => data)).toEqual(["kept", "8", "9"]);
      });

      test.skipIf(!exactGaps)("is not reported again for what had been evicted before", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 3 });
        const start = await log.head();
        await appendAll(log, 5);
        await tail.count(5);
        const options = { channels: new Set<Channel>(["topic:a"]), limit: 1 };
        const first = await log.read(start, { ...options, through: tail.head });
        expect(first.gap).toBeDefined();
        const again = { ...options, knownEvictions: first.evictions };
        const second = await log.read(start, { ...again, through: tail.head });
        expect(second.gap).toBeUndefined();
        await log.append(entry("a", "5"));
        await tail.count(6);
        const third = await log.read(start, { ...again, through: tail.head });
        expect(third.gap?.reason).toBe("evicted");
      });

      test("goes on just before what follows", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 3 });
        const start = await log.head();
        const positions = await appendAll(log, 6);
        await tail.count(6);
        const { gaps } = await readAll(log, start, ["topic:a"], tail.head);
        const { resumesAfter } = gaps[0]!;
        expect(resumesAfter).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        expect(log.compare(resumesAfter, positions[3]!)).toBeLessThan(0);
        expect(log.compare(resumesAfter, positions[2]!)).toBeGreaterThanOrEqual(0);
        const { entries } = await readAll(log, resumesAfter, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["3", "4", "5"]);
      });

      test.each([
        "",
        " ",
        "nonsense",
        "0",
        "-1",
        "1-1",
        "a-b-c",
        "../../x",
        "x".repeat(64),
        "x".repeat(10_000),
        "é🎉",
        "\0",
      ])("is reported for the malformed start %j, and all that is held follows", async (start) => {
        const { log, tail } = await open();
        await appendAll(log, 3);
        await tail.count(3);
        const { entries, gaps } = await readAll(log, start, ["topic:a"], tail.head);
        expect(gaps).toHaveLength(1);
        expect(["unknown", "epoch"]).toContain(gaps[0]!.reason);
        expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
      });

      test("is reported for a position of another life of the log, and all that is held follows", async () => {
        const { log: earlier } = await open();
        const [old] = await appendAll(earlier, 1);
        const { log, tail } = await open();
        await appendAll(log, 3);
        await tail.count(3);
        const { entries, gaps } = await readAll(log, old!, ["topic:a"], tail.head);
        expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
        expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
      });
    });

    describe("what is held", () => {
      test("is by channel: a noisy one evicts nothing of a quiet one", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 5 });
        const start = await log.head();
        await log.append(entry("quiet", "kept"));
        await log.append({ channels: ["user:u"], data: "kept too" });
        await appendAll(log, 50);
        await tail.count(52);
        const { entries } = await readAll(log, start, ["topic:quiet", "user:u"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["kept", "kept too"]);
      });

      test("is at least what `retention` promises", async () => {
        const { log, tail } = await open({ maxEventsPerTopic: 4 });
        const promised = Math.min(log.retention?.maxEvents ?? 0, 4);
        const start = await log.head();
        await appendAll(log, 10);
        await tail.count(10);
        const { entries } = await readAll(log, start, ["topic:a"], tail.head);
        const newest = numbers(10).slice(10 - promised);
        expect(entries.map(({ data }) => data)).toEqual(expect.arrayContaining(newest));
      });
    });

    describe("follow", () => {
      test("begins after the head of that moment, and says where that is", async () => {
        const { log } = await open();
        const positions = await appendAll(log, 3);
        const late = await follow(log);
        expect(late.resets).toEqual([positions[2]]);
        const next = await log.append(entry("a", "next"));
        await late.has(next);
        expect(late.positions).toEqual([next]);
      });

      test("says where it begins before it gives the first entry, and says it once", async () => {
        const { log, tail } = await open();
        await appendAll(log, 3);
        await tail.count(3);
        expect(tail.calls).toEqual(["reset", "entry", "entry", "entry"]);
      });

      test("gives each follower each entry once, in the order of the log", async () => {
        const { log, tail } = await open();
        const second = await follow(log);
        const positions = await appendAll(log, 100);
        await tail.has(positions.at(-1)!);
        await second.has(positions.at(-1)!);
        expect(tail.positions).toEqual(positions);
        expect(second.positions).toEqual(positions);
      });

      test("gives entries whatever their channels", async () => {
        const { log, tail } = await open();
        await log.append({ channels: ["*"], data: "1" });
        await log.append({ channels: ["topic:a", "topic:b"], data: "2" });
        await log.append({ channels: ["user:u"], data: "3" });
        await tail.count(3);
        expect(tail.entries.map(({ data }) => data)).toEqual(["1", "2", "3"]);
      });

      test("calls nothing after it was stopped", async () => {
        const { log, tail } = await open();
        const stopped = await follow(log);
        await appendAll(log, 1);
        await stopped.count(1);
        stopped.stop();
        const last = (await appendAll(log, 5)).at(-1)!;
        await tail.has(last);
        expect(stopped.calls).toEqual(["reset", "entry"]);
      });

      test("stops for the one that stops, not for others, also when it is stopped twice", async () => {
        const { log, tail } = await open();
        const stopped = await follow(log);
        stopped.stop();
        stopped.stop();
        await tail.has(await log.append(entry("a")));
        expect(tail.entries).toHaveLength(1);
      });

      test("gives the same entries that read gives", async () => {
        const { log, tail } = await open();
        const start = await log.head();
        await appendAll(log, 10);
        await tail.count(10);
        expect((await readAll(log, start, ["topic:a"], tail.head)).entries).toEqual(tail.entries);
      });
    });

    describe("head", () => {
      test("is the place before the first entry as long as there is none", async () => {
        const { log, tail } = await open();
        const before = await log.head();
        await appendAll(log, 3);
        await tail.count(3);
        const { entries, gaps } = await readAll(log, before, ["topic:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
        expect(gaps).toEqual([]);
      });

      test("is the newest entry's position from the moment at which its append has resolved", async () => {
        const { log } = await open();
        for (const i of numbers(5)) {
          const position = await log.append(entry("a", i));
          expect(await log.head()).toBe(position);
        }
      });
    });

    describe("compare", () => {
      test("orders positions as the log does", async () => {
        const { log } = await open();
        const positions = [await log.head(), ...(await appendAll(log, 12))];
        for (const [i, a] of positions.entries())
          for (const [j, b] of positions.entries())
            expect(Math.sign(log.compare(a, b))).toBe(Math.sign(i - j));
      });

      test("answers NaN for what is no position", async () => {
        const { log } = await open();
        const position = await log.append(entry("a"));
        for (const text of ["", "nonsense", "x".repeat(10_000), `${position} `, `${position}\n`, "\0", "é"]) {
          expect(log.compare(text, position)).toBeNaN();
          expect(log.compare(position, text)).toBeNaN();
          expect(log.compare(text, text)).toBeNaN();
        }
      });

      test("answers NaN for positions of two lives of the log", async () => {
        const { log } = await open();
        const { log: other } = await open();
        const [ours, theirs] = [await log.append(entry("a")), await other.append(entry("a"))];
        expect(log.compare(ours, theirs)).toBeNaN();
        expect(log.compare(theirs, ours)).toBeNaN();
      });

      test("still answers when the log is closed", async () => {
        const { log } = await open();
        const [first, second] = await appendAll(log, 2);
        await log.close();
        expect(log.compare(first!, second!)).toBeLessThan(0);
        expect(log.compare("", second!)).toBeNaN();
      });
    });

    describe("close", () => {
      test("makes append, read and head reject and follow throw", async () => {
        const { log } = await open();
        const head = await log.head();
        await log.close();
        const closed = { code: "closed" };
        await expect(log.append(entry("a"))).rejects.toMatchObject(closed);
        const options = { channels: new Set<Channel>(["*"]), through: head, limit: 1 };
        await expect(log.read(head, options)).rejects.toMatchObject(closed);
        await expect(log.head()).rejects.toMatchObject(closed);
        expect(() => log.follow({ reset() {}, entries() {}, passed() {}, error() {} })).toThrow(
          expect.objectContaining(closed),
        );
      });

      test("stops following", async () => {
        const { log, tail } = await open();
        await log.append(entry("a"));
        await tail.count(1);
        await log.close();
        await log.append(entry("a")).catch(() => {});
        expect(tail.entries).toHaveLength(1);
      });

      test("does nothing when it is called again", async () => {
        const { log } = await open();
        await log.close();
        await expect(log.close()).resolves.toBeUndefined();
      });
    });

    describe("two log objects on the same data", () => {
      async function openTwo(context: { skip(note: string): void }) {
        const fixture = await open();
        return { ...fixture, ...(await openOther(fixture, context)) };
      }

      test("are one log: each follows and reads what the other appends, in one order", async (context) => {
        const { log, tail, other, otherTail } = await openTwo(context);
        const start = await log.head();
        await Promise.all(numbers(40).map((i) => (Number(i) % 2 ? log : other).append(entry("a", i))));
        await tail.count(40);
        await otherTail.count(40);
        expect(otherTail.positions).toEqual(tail.positions);
        const { entries } = await readAll(other, start, ["topic:a"], otherTail.head);
        expect(entries).toEqual(tail.entries);
      });

      test("are of one epoch: positions of one compare in the other", async (context) => {
        const { log, other } = await openTwo(context);
        const first = await log.append(entry("a"));
        const second = await other.append(entry("a"));
        expect(log.compare(first, second)).toBeLessThan(0);
        expect(other.compare(first, second)).toBeLessThan(0);
      });

      test("share idempotency keys", async (context) => {
        const { log, other } = await openTwo(context);
        const first = await log.append(entry("a"), { idempotencyKey: "k" });
        expect(await other.append(entry("a"), { idempotencyKey: "k" })).toBe(first);
      });

      test("close one by one", async (context) => {
        const { log, other, otherTail } = await openTwo(context);
        await log.close();
        await otherTail.has(await other.append(entry("a")));
        expect(otherTail.entries).toHaveLength(1);
      });
    });
  });
}
