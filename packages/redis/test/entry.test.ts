import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEntry, encodeEntry } from "../src/entry.js";

const epoch = "abcdefghij01";
const good = ["c", '["*"]', "n", "[1]", "d", "x"];

describe("an entry in the stream", () => {
  test("is encoded and decoded without a change", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\0]/.test(text));
    const entry = fc.record(
      {
        channels: fc.array(fc.constantFrom("*" as const, "topic:a\0 b" as const, "user:ä" as const), {
          minLength: 1,
        }),
        data: fc.string({ unit: "grapheme" }),
        event: line,
        conflateKey: fc.string(),
      },
      { requiredKeys: ["channels", "data"] },
    );
    fc.assert(
      fc.property(entry, (stored) => {
        const decoded = decodeEntry(epoch, ["7-0", encodeEntry(stored, [1])]);
        expect(decoded).toEqual({ offset: 7, entry: { ...stored, position: `${epoch}-7` } });
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
  ])("is refused with %s", (_what, element) => {
    expect(() => decodeEntry(epoch, element)).toThrow(expect.objectContaining({ code: "log-unavailable" }));
  });

  test("marks the end of an epoch", () => {
    expect(decodeEntry(epoch, ["9-0", ["end", "1"]])).toEqual({ offset: 9, entry: undefined });
  });
});
