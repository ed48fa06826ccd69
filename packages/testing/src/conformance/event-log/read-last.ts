import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, numbers, readAll } from "./tail.js";

/** Tests a read that begins with the newest entries. */
export function describeReadLast({ open }: LogHarness): void {
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

    test("returns nothing where nothing matches, and has scanned everything", async () => {
      const { log, tail } = await open();
      await appendAll(log, 3);
      await tail.count(3);
      const { entries, scannedThrough } = await readAll(log, { last: 5 }, ["topic:quiet"], tail.head);
      expect(entries).toEqual([]);
      expect(log.compare(scannedThrough, tail.head)).toBe(0);
    });
  });
}
