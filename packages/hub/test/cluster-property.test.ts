import fc from "fast-check";
import { test } from "vitest";
import { ClusterWorld, clusterSchedules } from "./support/cluster-world.js";

const runs = Number(process.env["SSE_RUNS"] ?? 300);
const seed = Number(process.env["SSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`instances agree on who is here after ${runs} random schedules, and each one's joins less leaves are what it says at every moment (SSE_SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(clusterSchedules, (schedule) => new ClusterWorld(schedule).run()),
    { seed, numRuns: runs },
  );
});
