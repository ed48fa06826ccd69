import { isInstalled } from "@sse/engines";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram, type Program } from "../src/bundle.js";
import { engineKinds } from "../src/engine-kinds.js";
import { runAnswers } from "../src/runs/runs-world.js";

let program: Program;
beforeAll(async () => {
  program = await bundleProgram("./runs/runs-program.ts");
});
afterAll(() => program.remove());

describe.each(["redis", "nats"])("on %s", (name) => {
  const kind = engineKinds[name]!;
  test.skipIf(!isInstalled(kind.program))(
    "instances that are killed in the middle of answers leave every viewer with the whole text, or told that it is lost",
    async () => {
      const report = await runAnswers(kind, { seed: 1, kills: 3 }, program.file);
      expect(report.failures, report.faults.join("\n")).toEqual([]);
      expect(report.counts["kills"]).toBe(3);
      expect(report.counts["complete"]).toBeGreaterThan(0);
    },
    600_000,
  );
});
