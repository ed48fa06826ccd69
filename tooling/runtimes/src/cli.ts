// `pnpm matrix` runs everything, `pnpm matrix Bun "Node 26"` only these runtimes; both write their
// results into the tables of the docs. `pnpm matrix --quick` runs what CI runs, and writes nothing.
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
const names = args.filter((arg) => !arg.startsWith("--"));

installRuntimes();
const wanted = runtimes().filter(({ name }) => names.length === 0 || names.includes(name));
const columns: Record<string, Column> = {};
// Two at a time: many tests wait.
await inParallel(2, wanted.filter(runsVitest), async (runtime) => {
  const column = await columnOf(runtime);
  columns[runtime.name] = column;
  if (!quick) keepTests(runtime.name, column);
});
const programs = await runRecipes(wanted, quick);
if (!quick) programs.forEach(keepProgram);
const readers = await runReaders(wanted);
if (!quick) readers.forEach(keepReaders);

console.log(`\n${testTableOf(columns, quick ? rows.filter((row) => row.quick) : rows)}`);
const complete =
  readers.every(({ failures }) => failures.length === 0) &&
  programs.every(({ failures }) => failures.size === 0) &&
  Object.values(columns).every(({ cells }) => failuresOf(cells).length === 0);
process.exitCode = complete ? 0 : 1;

/** workerd runs no test runner, and CI runs everything on one Node by `npm test`. */
function runsVitest({ name }: Runtime): boolean {
  return quick ? ["Bun", "Deno"].includes(name) : name !== "workerd";
}

async function columnOf(runtime: Runtime): Promise<Column> {
  const started = performance.now();
  const results = await runVitest(runtime, selectionOf(quick), quick ? 3 * minute : 90 * minute);
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
