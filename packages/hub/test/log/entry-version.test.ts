import { describe, expect, test } from "vitest";
import { canReadEntry, entryVersion } from "../../src/log/entry-version.js";

describe("an entry that an engine holds", () => {
  test.each([undefined, 1, "1", entryVersion, String(entryVersion)])(
    "of version %j can be read",
    (version) => {
      expect(canReadEntry(version)).toBe(true);
    },
  );

  test.each([
    entryVersion + 1,
    String(entryVersion + 1),
    0,
    "0",
    -1,
    1.5,
    "",
    "01",
    "1.0",
    "1e0",
    null,
    {},
    Number.NaN,
  ])("of version %j cannot be read", (version) => {
    expect(canReadEntry(version)).toBe(false);
  });
});
