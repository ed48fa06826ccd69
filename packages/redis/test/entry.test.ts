import type { Channel } from "@sse/hub/log";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeElement, encodeEntry } from "../src/entry.js";

const epoch = "abcdefghij01";
const good = ["c", '["*"]', "n", "[1]", "d", "x"];

describe("an entry in the stream", () => {
  test("is encoded and decoded without a change", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\0]/.test(text));
    const entry = fc.record(
      {
        channels: fc.array(fc.constantFrom<Channel>("*", "topic:a\0 b", "user:ä"), { minLength: 1 }),
        data: fc.string({ unit: "grapheme" }),
        event: line,
        conflateKey: fc.string(),
      },
      { requiredKeys: ["channels", "data"] },
    );
    fc.assert(
      fc.property(entry, (stored) => {
        const decoded = decodeElement(epoch, ["7-0", encodeEntry(stored, [1], "tag1")]);
        const entry = { ...stored, position: `${epoch}-7-tag1` };
        expect(decoded).toEqual({ kind: "entry", position: { epoch, offset: 7, tag: "tag1" }, entry });
      }),
    );
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["no list", "1-0"],
    ["another id", ["1700000000000-5", good]],
    ["no fields", ["1-0", null]],
    ["no channels", ["1-0", ["d", "x"]]],
    ["channels that are no JSON", ["1-0", ["c", "[", "d", "x"]]],
    ["an empty list of channels", ["1-0", ["c", "[]", "d", "x"]]],
    ["a channel of an unknown kind", ["1-0", ["c", '["queue:a"]', "d", "x"]]],
    ["a channel that is no text", ["1-0", ["c", "[1]", "d", "x"]]],
    ["no data", ["1-0", ["c", '["*"]']]],
    ["an event's name that would forge a field", ["1-0", [...good, "e", "a\ndata: forged"]]],
    ["an event's name that belongs to the hub", ["1-0", [...good, "e", "sse:gap"]]],
  ])("is foreign with %s", (_what, element) => {
    expect(decodeElement(epoch, element)).toMatchObject({ kind: "foreign" });
  });

  test("without a tag, of an earlier version, has a position without one", () => {
    expect(decodeElement(epoch, ["3-0", good])).toMatchObject({ entry: { position: `${epoch}-3` } });
  });

  test("of a newer version is recognized, whatever it holds", () => {
    expect(decodeElement(epoch, ["1-0", ["v", "2", "x", "y"]])).toEqual({ kind: "newer", version: "2" });
  });

  test("marks the end of an epoch", () => {
    expect(decodeElement(epoch, ["9-0", ["end", "1"]])).toEqual({ kind: "end" });
  });
});
