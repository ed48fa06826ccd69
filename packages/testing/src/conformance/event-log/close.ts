import type { Channel } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { entry } from "./tail.js";

/** Tests a log that is closed. */
export function describeClose({ open }: LogHarness): void {
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
}
