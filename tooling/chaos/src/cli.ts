import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundleEarlierProgram, bundleProgram } from "./bundle.js";
import { engineKinds } from "./engine-kinds.js";
import { longSize, planRun, shortSize } from "./plan.js";
import { type Report, run } from "./run.js";

const usage = `pnpm chaos [--engine redis|nats|nats-2.10] [--seeds 50] [--from 1] [--mode one] [--long] [--earlier commit] [--json file]
--mode versions needs the commit whose packages run beside the present ones.
Makes a run for each seed, and prints a line for each, failed ones with what was done and what went wrong.`;

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "redis" },
    seeds: { type: "string", default: "50" },
    from: { type: "string", default: "1" },
    mode: { type: "string" },
    earlier: { type: "string" },
    long: { type: "boolean", default: false },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const kind = engineKinds[values.engine];
const knownModes = [...(kind?.modes ?? []), ...(kind?.namedModes ?? [])];
const isKnown = values.mode === undefined || knownModes.includes(values.mode);
const isComplete = values.mode !== "versions" || values.earlier !== undefined;
if (values.help || kind === undefined || !isKnown || !isComplete) {
  console.log(usage);
  process.exit(values.help ? 0 : 1);
}

const program = await bundleProgram();
const earlier = values.earlier === undefined ? undefined : await bundleEarlierProgram(values.earlier);
const reports: Report[] = [];
try {
  for (let seed = Number(values.from); reports.length < Number(values.seeds); seed++) {
    const modes = values.mode === undefined ? kind.modes : [values.mode];
    const plan = planRun(seed, modes, values.long ? longSize : shortSize);
    const report = await run(values.engine, kind, plan, { present: program.file, earlier: earlier?.file });
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

function lineOf({
  seed,
  engine,
  mode,
  failures,
  faults,
  counts,
  memory,
  slowestAnswer,
  recovery,
}: Report): string {
  const numbers = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const line = [
    `${failures.length === 0 ? "ok    " : "FAILED"} ${engine} seed ${seed} ${mode}: ${numbers.join(", ")}`,
    `${memory.join("/")} MiB, slowest answer ${slowestAnswer} ms, recovered in ${recovery} ms`,
  ].join("; ");
  if (failures.length === 0) return line;
  const shown = failures.slice(0, 12).map((failure) => `    ! ${failure}`);
  return [line, ...faults.map((fault) => `    ${fault}`), ...shown, `    ${failures.length} failures`].join(
    "\n",
  );
}
