import { describe, expect, test } from "vitest";
import { bandsOf } from "../page/src/bands.js";
import { directionOf, formatChange } from "../page/src/format.js";
import { newerThan, Series } from "../page/src/series.js";

const quote = { symbol: "AAPL", name: "Apple", open: 1, history: [1, 2, 3] };
const series = (): Series => new Series(quote, 10_000, 1_000);

describe("a series", () => {
  test("has its history at the times at which it was made", () => {
    expect(series().points.times).toEqual([8, 9, 10]);
  });

  test("puts missed prices one interval apart, after the last one", () => {
    const one = series();
    one.addMissed([4, 5], { now: 12_100, interval: 1_000, afterGap: false });
    expect(one.points.times.slice(-2)).toEqual([11, 12]);
    expect(one.points.caughtUp).toEqual([null, null, 3, 4, 5]);
  });

  test("leaves a hole after a gap, and ends what follows now", () => {
    const one = series();
    one.addMissed([8, 9], { now: 60_000, interval: 1_000, afterGap: true });
    expect(one.points.prices).toEqual([1, 2, 3, null, 8, 9]);
    expect(one.points.times).toEqual([8, 9, 10, 11, 59, 60]);
  });

  test.each([
    ["the same prices", [1, 2, 3], 0],
    ["one that never arrived", [1, 2, 2.5, 3], 1],
    ["newer ones, which may be on their way", [2, 3, 4, 5], 0],
    ["older ones only, one of which never arrived", [1, 1.5, 2], 1],
    ["none of its own", [7, 8], 0],
  ])("against a record with %s, the right number is lost", (_what, record, lost) => {
    expect(series().lostFrom(record)).toBe(lost);
  });

  test("does not count as lost what was told to be gone", () => {
    const one = series();
    one.addMissed([8, 9], { now: 60_000, interval: 1_000, afterGap: true });
    expect(one.lostFrom([3, 4, 5, 6, 7, 8, 9])).toBe(0);
  });
});

test("prices that arrived while a history was fetched are added once", () => {
  expect(newerThan([1, 2, 3], [2, 3, 4])).toEqual([4]);
  expect(newerThan([1, 2, 3], [4])).toEqual([4]);
  expect(newerThan([1, 2, 3], [3])).toEqual([]);
});

test.each([
  [0.0123, "+1.23 %", "up"],
  [-0.0123, "−1.23 %", "down"],
  [-0.00001, "0.00 %", "flat"],
])("a change of %d is shown as %s", (change, text, direction) => {
  expect(formatChange(change)).toBe(text);
  expect(directionOf(change)).toBe(direction);
});

test("absences are bands, and the present one has no end", () => {
  const segments = [
    { kind: "live", from: 1 },
    { kind: "away", from: 2 },
    { kind: "live", from: 3 },
    { kind: "gap", from: 4 },
  ];
  expect(bandsOf(segments)).toEqual([
    { kind: "away", from: 2, to: 3 },
    { kind: "gap", from: 4, to: Number.POSITIVE_INFINITY },
  ]);
});
