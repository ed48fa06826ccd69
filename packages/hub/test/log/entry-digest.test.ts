import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/log/channel.js";
import { digestEntry } from "../../src/log/entry-digest.js";
import type { NewLogEntry } from "../../src/log/event-log.js";

const text = fc.string({ unit: "binary", maxLength: 12 });
const entry: fc.Arbitrary<NewLogEntry> = fc.record(
  {
    channels: fc.uniqueArray(fc.constantFrom<Channel>("*", "topic:a", "topic:b", "user:a"), { minLength: 1 }),
    data: text,
    event: text,
    conflateKey: text,
  },
  { requiredKeys: ["channels", "data"] },
);

const same = (a: NewLogEntry, b: NewLogEntry): boolean =>
  a.data === b.data &&
  a.event === b.event &&
  a.conflateKey === b.conflateKey &&
  JSON.stringify(a.channels) === JSON.stringify(b.channels);

describe("the digest of an entry", () => {
  test("is the same for the same content, and for no other", () => {
    fc.assert(
      fc.property(entry, entry, (a, b) => {
        expect(digestEntry(a)).toMatch(/^[0-9a-f]{32}$/);
        expect(digestEntry({ ...a })).toBe(digestEntry(a));
        expect(digestEntry(a) === digestEntry(b)).toBe(same(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  test("differs for texts that differ in one place of many", () => {
    const digests = new Set<string>();
    for (let at = 0; at < 3_000; at += 1) {
      const data = `${"a".repeat(at)}b${"a".repeat(2_999 - at)}`;
      digests.add(digestEntry({ channels: ["*"], data }));
    }
    expect(digests.size).toBe(3_000);
  });

  test("does not confuse what stands in the data with what stands before it", () => {
    const plain = digestEntry({ channels: ["*"], data: "" });
    expect(digestEntry({ channels: ["*"], data: '["*",null,null,0]' })).not.toBe(plain);
  });

  test("is what other processes computed before: it may be stored", () => {
    expect(
      digestEntry({ channels: ["topic:a"], event: "e", data: "d", conflateKey: "k" }),
    ).toMatchInlineSnapshot(`"184d13e0f4359b319fd46b739e55eba1"`);
  });
});
