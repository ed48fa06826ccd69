import { expect, test } from "vitest";
import { FrameLog } from "../src/line/frames.js";
import { type Segment, withGap, withSegment } from "../src/line/segments.js";

const segment = (kind: Segment["kind"], from: number): Segment => ({ kind, from, caughtUp: 0 });

test("a frame log keeps the last frames, numbered", () => {
  const log = new FrameLog(2);
  for (const text of ["a", "b", "c", "d"]) log.add({ kind: "note", text });
  expect(log.isLong).toBe(false);
  log.add({ kind: "note", text: "e" });
  expect(log.isLong).toBe(true);
  log.trim();
  expect(log.all()).toEqual([
    { kind: "note", text: "d", number: 4 },
    { kind: "note", text: "e", number: 5 },
  ]);
});

test("a state that goes on is one segment, and segments that ended long ago are dropped", () => {
  const one = [segment("live", 1)];
  expect(withSegment(one, segment("live", 2), 0)).toBe(one);
  const three = withSegment([segment("live", 1), segment("away", 5)], segment("live", 9), 6);
  expect(three).toEqual([segment("away", 5), segment("live", 9)]);
});

test("an absence after which events are gone is a gap", () => {
  expect(withGap([segment("live", 1), segment("away", 5)])).toEqual([segment("live", 1), segment("gap", 5)]);
  expect(withGap([segment("live", 1)])).toEqual([segment("live", 1)]);
});
