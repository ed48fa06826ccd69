import type { Channel } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, entry, numbers, readAll } from "./tail.js";

/** Tests when a gap is reported, and what a channel keeps. */
export function describeGaps({ open, exactGaps }: LogHarness): void {
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

    test("resumes just before what follows", async () => {
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

    test("resumes after the very entry that precedes what follows, whomever that is for", async () => {
      const { log: earlier } = await open();
      const [old] = await appendAll(earlier, 1);
      const { log, tail } = await open();
      const others = await appendAll(log, 3, "b");
      await appendAll(log, 2);
      await tail.count(5);
      const alone = await readAll(log, old!, ["topic:a"], tail.head);
      expect(alone.gaps.map(({ resumesAfter }) => resumesAfter)).toEqual([others[2]]);
      const both = await Promise.all(
        [["topic:a"], ["topic:b"], ["topic:a", "topic:b"]].map(async (channels) => {
          const { gaps } = await readAll(log, old!, channels as Channel[], tail.head);
          return gaps.map(({ resumesAfter }) => resumesAfter);
        }),
      );
      const [first] = both[1]!;
      expect(both).toEqual([[others[2]], [first], [first]]);
      expect(log.compare(first!, others[0]!)).toBeLessThan(0);
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
}
