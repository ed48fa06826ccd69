import fc from "fast-check";
import { expect, test } from "vitest";
import { countBytes, utf8Length } from "../src/utf8.js";

test.each(["", "abc", "é", "漢", "🎉", "\ud83c", "\udf89", "\udf89\ud83c", "a\ud83cb", "\ud83c\ud83c\udf89"])(
  "the length of %j is that of its bytes",
  (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength);
  },
);

test("the length of any text is that of its bytes, lone surrogates too", () => {
  const units = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe00f }));
  const texts = fc.array(units).map((list) => String.fromCharCode(...list));
  fc.assert(
    fc.property(texts, (text) => {
      const { byteLength } = new TextEncoder().encode(text);
      expect([utf8Length(text), countBytes(text)]).toEqual([byteLength, byteLength]);
    }),
  );
});
