import fc from "fast-check";
import { expect, test } from "vitest";
import { DrainWorld, drainSchedules } from "./support/drain-world.js";
import { LifetimeWorld, lifetimeSchedules } from "./support/lifetime-world.js";
import { Tally } from "./support/world.js";

const runs = Number(process.env["SSE_RUNS"] ?? 1_500);
const seed = Number(process.env["SSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`limits are never passed, old connections never ended for them, and deadlines are kept in ${runs} random schedules (SSE_SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(lifetimeSchedules, (schedule) => new LifetimeWorld(schedule).run()),
    { seed, numRuns: runs },
  );
});

test(`a drain and a restart lose nothing in ${runs} random schedules (SSE_SEED=${seed})`, async () => {
  const tally = new Tally();
  await fc.assert(
    fc.asyncProperty(drainSchedules, (schedule) => new DrainWorld(schedule, tally).run()),
    { seed, numRuns: runs },
  );
  const expected = { "received before": 100, "received after": 50, refused: 25, destroyed: 5 };
  expect(tally.tooRare(expected, runs)).toEqual([]);
});
