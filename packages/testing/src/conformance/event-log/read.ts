import { type Channel, formatPosition, maxPageBytes, parsePosition } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, entry, numbers, readAll } from "./tail.js";

/** Tests the pages of `read`. */
export function describeRead({ open }: LogHarness): void {
  describe("read", () => {
    test("returns the entries of the requested channels, and no others", async () => {
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

    test("returns an entry for several of the channels once", async () => {
      const { log, tail } = await open();
      const start = await log.head();
      await tail.has(await log.append({ channels: ["topic:a", "topic:b"], data: "both" }));
      const { entries } = await readAll(log, start, ["topic:a", "topic:b"], tail.head);
      expect(entries).toHaveLength(1);
    });

    test("returns the entries of several channels in the order of the log", async () => {
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

    test("returns nothing beyond `through`", async () => {
      const { log, tail } = await open();
      const start = await log.head();
      const positions = await appendAll(log, 5);
      await tail.count(5);
      const { entries, scannedThrough } = await readAll(log, start, ["topic:a"], positions[2]!);
      expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
      expect(log.compare(scannedThrough, positions[2]!)).toBe(0);
    });

    test("returns nothing when the start is `through`", async () => {
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

    test("ends a page with the entry that brings it to a mebibyte, and continues there", async () => {
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

    test("ends a page before the bytes that its reader can use are exceeded, and continues there", async () => {
      const { log, tail } = await open();
      const start = await log.head();
      for (const i of numbers(12)) await log.append(entry("a", String(i).padEnd(100, "x")));
      await tail.count(12);
      const channels = new Set<Channel>(["topic:a"]);
      for (const [maxBytes, most] of [
        [1, 1],
        [350, 3],
        [100_000, 12],
      ] as const) {
        const seen: string[] = [];
        for (let from = start; log.compare(from, tail.head) < 0; ) {
          const page = await log.read(from, { channels, through: tail.head, limit: 100, maxBytes });
          expect(page.gap).toBeUndefined();
          expect(page.entries.length).toBeGreaterThan(0);
          expect(page.entries.length).toBeLessThanOrEqual(most);
          seen.push(...page.entries.map(({ data }) => data.replaceAll("x", "")));
          from = page.scannedThrough;
        }
        expect(seen).toEqual(numbers(12));
      }
    });

    test("reports a start with the tag of another entry as unknown, and returns everything held", async (context) => {
      const { log, tail } = await open();
      const positions = await appendAll(log, 5);
      const { epoch, offset, tag } = parsePosition(positions[2]!) ?? {};
      if (epoch === undefined || offset === undefined || tag === undefined)
        context.skip("The positions of this log have no tags");
      await tail.has(positions[4]!);
      const rewritten = formatPosition({ epoch: epoch!, offset: offset!, tag: tag === "0" ? "1" : "0" });
      const { entries, gaps } = await readAll(log, rewritten, ["topic:a"], tail.head);
      expect(entries.map(({ position }) => position)).toEqual(positions);
      expect(gaps.map(({ reason }) => reason)).toEqual(["unknown"]);
      const untagged = formatPosition({ epoch: epoch!, offset: offset! });
      const later = await readAll(log, untagged, ["topic:a"], tail.head);
      expect([later.entries.map(({ position }) => position), later.gaps]).toEqual([positions.slice(3), []]);
    });

    test.each([1, 2, 7, 1_000])("returns pages of at most %i that join without a break", async (limit) => {
      const { log, tail } = await open();
      const start = await log.head();
      for (const i of numbers(20)) void log.append({ channels: [`topic:${Number(i) % 3}`], data: i });
      await tail.count(20);
      const { entries } = await readAll(log, start, ["topic:0", "topic:1"], tail.head, limit);
      expect(entries.map(({ data }) => data)).toEqual(numbers(20).filter((i) => Number(i) % 3 !== 2));
    });

    test("returns how far it has scanned, also where nothing matches", async () => {
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
}
