import { isInstalled } from "@sse/engines";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram, type Program } from "../src/bundle.js";
import { engineKinds } from "../src/engine-kinds.js";
import { planRun, shortSize } from "../src/plan.js";
import { run } from "../src/run.js";

/** The runs of the tests on each engine; `pnpm chaos` makes any number. */
const seeds: Readonly<Record<string, readonly number[]>> = {
  redis: [1, 2, 3],
  nats: [2, 3],
  "nats-2.10": [1],
  "nats-cluster": [1, 2],
};

let program: Program;
beforeAll(async () => {
  program = await bundleProgram();
});
afterAll(() => program.remove());

const usual = Object.entries(engineKinds).filter(([name]) => seeds[name] !== undefined);

describe.each(usual)("on %s", (name, kind) => {
  const there = isInstalled(kind.program);
  test.skipIf(!there).each(seeds[name]!)(
    "seed %i: three instances, killed, cut off and with an engine that crashes, lose nothing without saying so",
    async (seed) => {
      const report = await run(name, kind, planRun(seed, kind.modes, shortSize), { present: program.file });
      expect(report.failures, report.faults.join("\n")).toEqual([]);
      expect(report.counts.stored).toBeGreaterThan(0);
      expect(report.counts.delivered).toBeGreaterThan(0);
    },
  );
});

describe.each([
  ["redis", "flush", "Redis was emptied", 2],
  ["nats-2.10", "delete", "the streams were deleted", 2],
  ["nats-2.10", "purge", "messages were removed by hand", 1],
])("seed 1 of %s %s", (name, mode, event, minEpochs) => {
  const kind = engineKinds[name]!;
  test.skipIf(!isInstalled(kind.program))(
    `an instance that never publishes notices by itself that ${event}, and tells its clients`,
    async () => {
      const report = await run(name, kind, planRun(1, [mode], shortSize), { present: program.file });
      expect(report.failures, report.faults.join("\n")).toEqual([]);
      expect(report.counts.epochs).toBeGreaterThanOrEqual(minEpochs);
      expect(report.counts.gaps).toBeGreaterThan(0);
      expect(report.counts.delivered).toBeGreaterThan(0);
    },
  );
});

test.skipIf(!isInstalled("nats-server-2.10"))(
  "seed 2 of nats-2.10 back: a log that moves to another server and back is never taken for what it was",
  async () => {
    const kind = engineKinds["nats-2.10"]!;
    const report = await run("nats-2.10", kind, planRun(2, ["back"], shortSize), { present: program.file });
    expect(report.failures, report.faults.join("\n")).toEqual([]);
    expect(report.counts.gaps).toBeGreaterThan(0);
  },
);
