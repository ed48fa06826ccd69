import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, entry, numbers, readAll } from "./tail.js";

/** Tests what a position is, and how positions compare. */
export function describePositions({ open }: LogHarness): void {
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

  describe("head", () => {
    test("is before the first entry as long as there is none", async () => {
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
        for (const [j, b] of positions.entries()) expect(Math.sign(log.compare(a, b))).toBe(Math.sign(i - j));
    });

    test("returns NaN for what is no position", async () => {
      const { log } = await open();
      const position = await log.append(entry("a"));
      for (const text of ["", "nonsense", "x".repeat(10_000), `${position} `, `${position}\n`, "\0", "é"]) {
        expect(log.compare(text, position)).toBeNaN();
        expect(log.compare(position, text)).toBeNaN();
        expect(log.compare(text, text)).toBeNaN();
      }
    });

    test("returns NaN for positions of two epochs of the log", async () => {
      const { log } = await open();
      const { log: other } = await open();
      const [ours, theirs] = [await log.append(entry("a")), await other.append(entry("a"))];
      expect(log.compare(ours, theirs)).toBeNaN();
      expect(log.compare(theirs, ours)).toBeNaN();
    });

    test("still compares when the log is closed", async () => {
      const { log } = await open();
      const [first, second] = await appendAll(log, 2);
      await log.close();
      expect(log.compare(first!, second!)).toBeLessThan(0);
      expect(log.compare("", second!)).toBeNaN();
    });
  });
}
