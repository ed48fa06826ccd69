import { expect, test, vi } from "vitest";
import { Outages } from "../public/outages.js";
import { multiples, roundStep } from "../public/scale.js";
import { Series } from "../public/series.js";

const quote = { symbol: "AAPL", name: "Apple", open: 1, history: [1, 2, 3] };

test("history stands at the times at which it was made", () => {
  const { points } = new Series(quote, 10_000, 1_000);
  expect(points.map(({ time }) => time)).toEqual([8_000, 9_000, 10_000]);
});

test("a missed price stands one interval after the one before it, and is marked", () => {
  const series = new Series(quote, 10_000, 1_000);
  series.addMissed(4);
  series.addMissed(5);
  expect(series.points.slice(-2)).toEqual([
    { time: 11_000, price: 4, caughtUp: true },
    { time: 12_000, price: 5, caughtUp: true },
  ]);
});

test("a live price stands at the time of its arrival", () => {
  vi.useFakeTimers({ now: 12_345 });
  const series = new Series(quote, 10_000, 1_000);
  series.addLive(4);
  vi.useRealTimers();
  expect(series.last).toEqual({ time: 12_345, price: 4, caughtUp: false });
});

test.each([
  ["the same prices", [1, 2, 3], 0],
  ["one that never arrived", [1, 2, 2.5, 3], 1],
  ["newer ones, which may be on their way", [2, 3, 4, 5], 0],
  ["older ones only, because a newer one overtook the record", [1, 2], 0],
  ["older ones only, one of which never arrived", [1, 1.5, 2], 1],
])("against a record with %s, the right number is lost", (_what, record, lost) => {
  expect(new Series(quote, 10_000, 1_000).lostFrom(record)).toBe(lost);
});

test("an outage lasts until it ends, and a second failure within it is the same one", () => {
  const outages = new Outages();
  outages.begin(1_000);
  outages.begin(2_000);
  expect(outages.current).toEqual({ from: 1_000, missed: 0 });
  outages.end(5_000, 4);
  expect(outages.current).toBeUndefined();
  expect(outages.all).toEqual([{ from: 1_000, to: 5_000, missed: 4 }]);
});

test.each([
  [1, 4, 0.5],
  [0.3, 3, 0.1],
  [42, 5, 10],
  [0.07, 6, 0.02],
])("a span of %d in about %d parts has steps of %d", (span, lines, step) => {
  expect(roundStep(span, lines)).toBeCloseTo(step, 10);
});

test("grid lines are the multiples within the range, its ends included", () => {
  expect(multiples(10, 30, 10)).toEqual([10, 20, 30]);
  expect(multiples(11, 29, 10)).toEqual([20]);
  expect(multiples(11, 19, 10)).toEqual([]);
});
