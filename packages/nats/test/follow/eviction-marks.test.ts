import { describe, expect, test } from "vitest";
import { canTellEvictions, isMarkDue } from "../../src/follow/eviction-marks.js";
import { type NatsLogOptions, settingsOf } from "../../src/options.js";

const unlimited = -1;

describe("an instance is told in time how far the stream is", () => {
  const told = (bounds: Partial<NatsLogOptions>) =>
    canTellEvictions(settingsOf({ servers: "", stream: "s", heartbeat: 1_000, ...bounds }));

  test("where its entries are counted, or without a bound", () => {
    expect([told({ maxEvents: 1 }), told({ maxEvents: 0 }), told({})]).toEqual([true, true, true]);
  });

  test("where they age in eight heartbeats or more", () => {
    expect([told({ maxAge: 8_000 }), told({ maxAge: 7_999 })]).toEqual([true, false]);
  });

  test("not where their bytes are counted", () => {
    expect(told({ maxBytes: 1_000_000_000 })).toBe(false);
  });
});

describe("a mark", () => {
  test.each([1, 7, 105, 110_000])("comes at least six times while %i entries come", (max_msgs) => {
    const sequences = Array.from({ length: max_msgs }, (_, i) => 1_000_003 + i);
    const due = sequences.filter((sequence) => isMarkDue({ max_msgs }, sequence));
    expect(due.length).toBeGreaterThanOrEqual(Math.min(max_msgs, 6));
    expect(due.length).toBeLessThanOrEqual(8);
  });

  test("never comes where nothing is counted", () => {
    expect(isMarkDue({ max_msgs: unlimited }, 0)).toBe(false);
  });
});
