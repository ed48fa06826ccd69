import { expect, test } from "vitest";
import { ErrorThrottle } from "../src/error-throttle.js";
import { ManualClock } from "./support/clock.js";

test("trouble of one kind is told once in ten seconds, of each kind by itself", async () => {
  const clock = new ManualClock();
  const told: unknown[] = [];
  const seldom = new ErrorThrottle(clock, (error) => told.push(error));
  for (const error of [1, 2, 3]) seldom.report("a", error);
  seldom.report("b", 4);
  expect(told).toEqual([1, 4]);
  await clock.pass(9_999);
  seldom.report("a", 5);
  expect(told).toEqual([1, 4]);
  await clock.pass(1);
  seldom.report("a", 6);
  expect(told).toEqual([1, 4, 6]);
});
