import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundleEarlierProgram, bundleProgram } from "./bundle.js";
import { engineKinds } from "./engine-kinds.js";
import { longSize, planRun, shortSize } from "./plan.js";
import { type Report, run } from "./run.js";
import { type RunsReport, runAnswers } from "./runs/runs-world.js";

const usage = `pnpm chaos [--engine redis|nats|nats-2.10] [--seeds 50] [--from 1] [--mode one] [--long] [--earlier commit] [--kills 10] [--json file]
--mode versions needs the commit whose packages run beside the present ones.
--mode runs kills --kills instances in each run, each while it answers.
Makes a run for each seed, and prints a line for each, failed ones with what was done and what went wrong.`;

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "redis" },
    seeds: { type: "string", default: "50" },
    from: { type: "string", default: "1" },
    mode: { type: "string" },
    earlier: { type: "string" },
    kills: { type: "string", default: "10" },
    long: { type: "boolean", default: false },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const kind = engineKinds[values.engine];
const knownModes = [...(kind?.modes ?? []), ...(kind?.namedModes ?? [])];
const isKnown = values.mode === undefined || knownModes.includes(values.mode);
const isOfRuns = values.mode === "runs";
const isComplete = values.mode !== "versions" || values.earlier !== undefined;
if (values.help || kind === undefined || !isKnown || !isComplete) {
  console.log(usage);
  process.exit(values.help ? 0 : 1);
}

const program = await bundleProgram(isOfRuns ? "./runs/runs-program.ts" : undefined);
const earlier = values.earlier === undefined ? undefined : await bundleEarlierProgram(values.earlier);
const reports: (Report | RunsReport)[] = [];
try {
  for (let seed = Number(values.from); reports.length < Number(values.seeds); seed++) {
    const report = await makeRun(seed);
    reports.push(report);
    console.log(lineOf(report));
  }
} finally {
  await program.remove();
  await earlier?.remove();
}
const failed = reports.filter(({ failures }) => failures.length > 0);
console.log(`${reports.length - failed.length} passed, ${failed.length} failed`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(reports, null, 2));
process.exit(failed.length > 0 ? 1 : 0);

function makeRun(seed: number): Promise<Report | RunsReport> {
  if (isOfRuns) return runAnswers(kind!, { seed, kills: Number(values.kills) }, program.file);
  const modes = values.mode === undefined ? kind!.modes : [values.mode];
  const plan = planRun(seed, modes, values.long ? longSize : shortSize);
  return run(values.engine, kind!, plan, { present: program.file, earlier: earlier?.file });
}

function lineOf(report: Report | RunsReport): string {
  const { seed, failures, faults, counts } = report;
  const mode = "mode" in report ? report.mode : "runs";
  const numbers = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const line = [
    `${failures.length === 0 ? "ok    " : "FAILED"} ${values.engine} seed ${seed} ${mode}: ${numbers.join(", ")}`,
    ...("memory" in report ? [speedOf(report)] : []),
  ].join("; ");
  if (failures.length === 0) return line;
  const shown = failures.slice(0, 12).map((failure) => `    ! ${failure}`);
  return [line, ...faults.map((fault) => `    ${fault}`), ...shown, `    ${failures.length} failures`].join(
    "\n",
  );
}

function speedOf({ memory, slowestAnswer, recovery }: Report): string {
  return `${memory.join("/")} MiB, slowest answer ${slowestAnswer} ms, recovered in ${recovery} ms`;
}
