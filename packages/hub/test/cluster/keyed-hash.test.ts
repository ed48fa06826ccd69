import { describe, expect, test } from "vitest";
import { keyedHash, randomKey } from "../../src/cluster/keyed-hash.js";

describe("the keyed hash", () => {
  // The first test vectors of the reference implementation: the bytes 0, 1, 2, … under the key 0,
  // 1, … 7.
  test.each([
    [0, "218d1f59b9b83cc8"],
    [1, "be552412f8387315"],
  ])("of %i bytes is that of the reference", (length, expected) => {
    expect(
      keyedHash(
        "0001020304050607",
        Uint8Array.from({ length }, (_, i) => i),
      ),
    ).toBe(expected);
  });

  test("differs with the key, and with every byte", () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 500; i += 1) hashes.add(keyedHash(randomKey(), new Uint8Array(20)));
    for (let i = 0; i < 500; i += 1) {
      const bytes = new Uint8Array(40);
      bytes[i % 40] = 1 + Math.floor(i / 40);
      hashes.add(keyedHash("0001020304050607", bytes));
    }
    expect(hashes.size).toBe(1_000);
  });
});
