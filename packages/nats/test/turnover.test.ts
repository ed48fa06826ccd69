import type { StreamInfo } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { type NatsLogOptions, settingsOf } from "../src/options.js";
import { canTellEvictions, isMarkDue, safeTime } from "../src/turnover.js";

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

describe("the time in which nothing after the head can be evicted", () => {
  const ts = "2026-11-21T10:00:00.000Z";
  const now = Date.parse(ts);
  const time = ({ max_msgs = unlimited, maxAge = 0, last_seq = 50, at = ts }, headStoredAt = 0) =>
    safeTime(
      { config: { max_msgs, max_age: nanos(maxAge) }, state: { last_seq }, ts: at } as StreamInfo,
      50,
      headStoredAt,
    );

  test("is without end where nothing is bounded", () => {
    expect(time({})).toBe(Number.POSITIVE_INFINITY);
  });

  test("is what a million entries a second need to fill the stream, less those that have come already", () => {
    expect(time({ max_msgs: 110_000 })).toBe(110);
    expect(time({ max_msgs: 110_000, last_seq: 100_050 })).toBe(10);
    expect(time({ max_msgs: 110_000, last_seq: 200_050 })).toBeLessThan(0);
  });

  test("is half the age of entries, counted from when the head was stored", () => {
    expect(time({ maxAge: 60_000 }, now - 10_000)).toBe(20_000);
    expect(time({ maxAge: 60_000 }, now - 40_000)).toBeLessThan(0);
    expect(time({ maxAge: 60_000 })).toBeLessThan(0);
  });

  test("is the shorter of both", () => {
    expect(time({ max_msgs: 110_000, maxAge: 60_000 }, now)).toBe(110);
  });

  test("is unknown where a server does not say what time it is", () => {
    expect(time({ maxAge: 60_000, at: "" }, now)).toBeNaN();
  });
});
