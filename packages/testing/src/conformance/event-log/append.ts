import { everyone, type NewLogEntry, topicChannel, userChannel } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { LogHarness } from "./harness.js";
import { appendAll, entry, numbers, readAll } from "./tail.js";

/** Tests what `append` stores and in which order. */
export function describeAppend({ open }: LogHarness): void {
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
      ["several channels", { channels: [topicChannel("a"), topicChannel("b"), userChannel("u")], data: "x" }],
      ["a conflate key", { channels: [topicChannel("a")], data: "x", conflateKey: "AAPL" }],
      ["an exception", { channels: [topicChannel("a")], data: "x", except: "a connection" }],
      ["empty data", { channels: [everyone], data: "" }],
      ["lines, quotes and NUL", { channels: [everyone], data: 'a\nb\r\nc\rd\0e"f\\' }],
      ["all kinds of letters", { channels: [topicChannel("ä:* \n")], event: "größe", data: "äé漢字🎉" }],
      ["64 KiB", { channels: [everyone], data: "0123456789abcdef".repeat(4_096) }],
    ])("returns what was stored: %s", async (_what, stored) => {
      const { log, tail } = await open();
      const start = await log.head();
      const position = await log.append(stored);
      await tail.has(position);
      const { entries } = await readAll(log, start, stored.channels, tail.head);
      expect(entries).toEqual([{ ...stored, position }]);
      expect(tail.entries).toEqual([{ ...stored, position }]);
    });
  });
}
