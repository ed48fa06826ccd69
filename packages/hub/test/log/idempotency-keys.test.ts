import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../src/log/event-log.js";
import { IdempotencyKeys } from "../../src/log/idempotency-keys.js";

const stored: LogEntry = { channels: ["topic:a"], event: "x", data: "1", position: "e-1" };
const { position: _, ...same } = stored;

describe("an idempotency key", () => {
  test("answers the position of the entry that it was used for", () => {
    const keys = new IdempotencyKeys(100);
    expect(keys.find("k", same, 0)).toBeUndefined();
    keys.remember("k", stored, 0);
    expect(keys.find("k", same, 99)).toBe("e-1");
  });

  test("is forgotten after its window", () => {
    const keys = new IdempotencyKeys(100);
    keys.remember("k", stored, 0);
    expect(keys.find("k", same, 100)).toBeUndefined();
    expect(keys.find("k", { ...same, data: "other" }, 100)).toBeUndefined();
  });

  test("is forgotten by itself, not with a later one", () => {
    const keys = new IdempotencyKeys(100);
    keys.remember("k", stored, 0);
    keys.remember("l", { ...stored, position: "e-2" }, 50);
    expect(keys.find("l", same, 120)).toBe("e-2");
    expect(keys.find("k", same, 120)).toBeUndefined();
  });

  test("has its whole window again when it is used again after it was forgotten", () => {
    const keys = new IdempotencyKeys(100);
    keys.remember("k", stored, 0);
    keys.find("k", same, 150);
    keys.remember("k", { ...stored, position: "e-2" }, 150);
    expect(keys.find("k", same, 240)).toBe("e-2");
  });

  test("is forgotten before its time only where all keys together take too much memory", () => {
    const keys = new IdempotencyKeys(100, 1_000);
    for (const key of ["a", "b", "c", "d", "e"]) keys.remember(key, stored, 0);
    expect(keys.find("a", same, 1)).toBeUndefined();
    expect(keys.find("e", same, 1)).toBe("e-1");
    keys.remember("f".repeat(390), stored, 2);
    expect(["b", "c", "d", "e"].map((key) => keys.find(key, same, 3))).toEqual(Array(4).fill(undefined));
    expect(keys.find("f".repeat(390), same, 3)).toBe("e-1");
  });

  test.each([
    ["data", { ...same, data: "2" }],
    ["name", { ...same, event: "y" }],
    ["no name", { channels: same.channels, data: "1" }],
    ["channels", { ...same, channels: ["topic:b"] as const }],
    ["more channels", { ...same, channels: ["topic:a", "topic:b"] as const }],
    ["conflate key", { ...same, conflateKey: "k" }],
  ])("is refused for an entry with another %s", (_what, other) => {
    const keys = new IdempotencyKeys(100);
    keys.remember("k", stored, 0);
    expect(() => keys.find("k", other, 1)).toThrow(
      expect.objectContaining({ code: "idempotency-conflict", field: "idempotencyKey" }),
    );
  });
});
