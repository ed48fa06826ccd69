import { type NewLogEntry, topicChannel } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { entry, numbers, readAll } from "./tail.js";

/** Tests what an idempotency key does. */
export function describeIdempotency({ open }: LogHarness): void {
  describe("an idempotency key", () => {
    test("resolves to the first position for the same entry and stores nothing", async () => {
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

    test("is repeated by the same entry for others: who retries may have another connection", async () => {
      const { log } = await open();
      const first = await log.append({ ...entry("a"), except: "1" }, { idempotencyKey: "k" });
      expect(await log.append({ ...entry("a"), except: "2" }, { idempotencyKey: "k" })).toBe(first);
      expect(await log.append(entry("a"), { idempotencyKey: "k" })).toBe(first);
    });

    test("is reported as repeated before the append resolves, and only then", async () => {
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
}
