import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { entry, numbers, readAll } from "./tail.js";

/** Tests two log objects on the same data. */
export function describeSeveralObjects({ open, openOther }: LogHarness): void {
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
}
