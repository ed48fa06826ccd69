// `pnpm matrix` runs everything, `pnpm matrix Bun "Node 26"` only these runtimes, `pnpm matrix
// programs readers` only these parts of it; each writes its results into the tables of the docs.
// `pnpm matrix --quick` runs what CI runs, and writes nothing.
import { cellsOf } from "./cells.js";
import { inParallel } from "./in-parallel.js";
import { runReaders } from "./reader-run.js";
import { runRecipes } from "./recipe-run.js";
import { keepProgram, keepReaders, keepTests } from "./results.js";
import { rows, selectionOf } from "./rows.js";
import { installRuntimes, type Runtime, runtimes } from "./runtimes.js";
import { type Column, testTableOf } from "./table.js";
import { runVitest } from "./vitest-run.js";

const minute = 60_000;

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const parts = ["tests", "programs", "readers"];
const names = args.filter((arg) => !arg.startsWith("--") && !parts.includes(arg));

installRuntimes();
const present = runtimes();
const wanted = present.filter(({ name }) => names.length === 0 || names.includes(name));
const missing = names.find((name) => !wanted.some((runtime) => runtime.name === name));
if (missing !== undefined)
  throw new Error(
    `There is no runtime "${missing}" here, only ${present.map(({ name }) => name).join(", ")}.`,
  );
const isWanted = (part: string): boolean => args.includes(part) || !parts.some((one) => args.includes(one));
const columns: Record<string, Column> = {};
// Two at a time: many tests wait.
await inParallel(2, isWanted("tests") ? wanted.filter(runsVitest) : [], async (runtime) => {
  const column = await columnOf(runtime);
  columns[runtime.name] = column;
  keep(keepTests)({ runtime, column });
});
const programs = isWanted("programs") ? await runRecipes(wanted, quick, keep(keepProgram)) : [];
const readers = isWanted("readers") ? await runReaders(wanted, keep(keepReaders)) : [];

if (isWanted("tests"))
  console.log(`\n${testTableOf(columns, quick ? rows.filter((row) => row.quick) : rows)}`);
const complete =
  readers.every(({ failures }) => failures.length === 0) &&
  programs.every(({ failures }) => failures.size === 0) &&
  Object.values(columns).every(({ cells }) => failuresOf(cells).length === 0);
process.exitCode = complete ? 0 : 1;

/** A quick run keeps nothing: it is not all that the tables are about. */
function keep<Result>(keepResult: (result: Result) => void): (result: Result) => void {
  return quick ? () => {} : keepResult;
}

/** workerd runs no test runner, and CI runs everything on one Node by `npm test`. */
function runsVitest({ name }: Runtime): boolean {
  return quick ? ["Bun", "Deno"].includes(name) : name !== "workerd";
}

async function columnOf(runtime: Runtime): Promise<Column> {
  const started = performance.now();
  const results = await runVitest(runtime, selectionOf(quick), (quick ? 10 : 90) * minute);
  const cells = cellsOf(runtime, results);
  const failed = failuresOf(cells);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${runtime.name}: ${results.length - failed.length} of ${results.length} in ${seconds} s`);
  for (const { test, state, reason = "" } of failed) console.log(`  ${state}: ${test}\n    ${reason}`);
  return { version: runtime.version, cells };
}

function failuresOf(cells: Column["cells"]): Column["cells"][string]["failures"] {
  return Object.values(cells).flatMap(({ failures }) => failures);
}
