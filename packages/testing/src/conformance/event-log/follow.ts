import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, entry, follow, readAll } from "./tail.js";

/** Tests what a follower receives. */
export function describeFollow({ open }: LogHarness): void {
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

    test("is reset once, before the first entry", async () => {
      const { log, tail } = await open();
      await appendAll(log, 3);
      await tail.count(3);
      expect(tail.calls).toEqual(["reset", "entry", "entry", "entry"]);
    });

    test("delivers each entry to each follower once, in the order of the log", async () => {
      const { log, tail } = await open();
      const second = await follow(log);
      const positions = await appendAll(log, 100);
      await tail.has(positions.at(-1)!);
      await second.has(positions.at(-1)!);
      expect(tail.positions).toEqual(positions);
      expect(second.positions).toEqual(positions);
    });

    test("delivers entries whatever their channels", async () => {
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

    test("delivers the same entries that read returns", async () => {
      const { log, tail } = await open();
      const start = await log.head();
      await appendAll(log, 10);
      await tail.count(10);
      expect((await readAll(log, start, ["topic:a"], tail.head)).entries).toEqual(tail.entries);
    });
  });
}
