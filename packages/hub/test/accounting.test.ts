import fc from "fast-check";
import { expect, test } from "vitest";
import { schedules } from "./support/schedule.js";
import { runSchedule, Tally } from "./support/world.js";

/** Schedules in each run. A failure prints seed and path; `SSE_SEED` repeats the run. */
const runs = Number(process.env["SSE_RUNS"] ?? 10_000);
const seed = Number(process.env["SSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/**
 * The cases that must have come about, in every hundred schedules at least so often: otherwise they
 * prove little.
 */
const expected: Record<string, number> = {
  pushed: 100,
  "fell behind": 5,
  dropped: 10,
  "gap: evicted": 10,
  "gap: unknown": 5,
  "gap: epoch": 5,
  "began: resume": 100,
  "began: fresh": 10,
  "began: last": 10,
  "cut inside an event": 50,
  "ended: client": 50,
  "ended: server": 10,
  "ended: stalled": 0.2,
  "ended: lagging": 1,
  conflated: 3,
};

test(`every event is accounted for in ${runs} random schedules (SSE_SEED=${seed})`, async () => {
  const tally = new Tally();
  await fc.assert(
    fc.asyncProperty(schedules, (schedule) => runSchedule(schedule, tally)),
    { seed, numRuns: runs },
  );
  expect(tally.tooRare(expected, runs)).toEqual([]);
});
