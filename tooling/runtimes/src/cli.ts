// `pnpm matrix` runs everything and writes the tables into the docs. `pnpm matrix --quick` runs
// what CI runs, `pnpm matrix Bun "Node 26"` only these runtimes, and both write nothing.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cellsOf } from "./cells.js";
import { runRecipes } from "./recipe-run.js";
import { rows, selectionOf } from "./rows.js";
import { installRuntimes, type Runtime, root, runtimes } from "./runtimes.js";
import { type Column, recipeTableOf, replaceTable, tableOf } from "./table.js";
import { runVitest } from "./vitest-run.js";
import { runWorkerClients } from "./worker-client.js";

const document = join(root, "docs/runtimes.md");
const minute = 60_000;

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const names = args.filter((arg) => !arg.startsWith("--"));

installRuntimes();
const wanted = runtimes().filter(({ name }) => names.length === 0 || names.includes(name));
const columns: Column[] = [];
for (const runtime of wanted.filter(runsVitest)) columns.push(await columnOf(runtime));
const runs = await runRecipes(wanted, quick);
const workerd = wanted.find(({ name }) => name === "workerd");
const workerFailures = workerd === undefined ? [] : await runWorkerClients(workerd);

const table = tableOf(quick ? rows.filter((row) => row.quick) : rows, columns);
const recipeTable = recipeTableOf(runs);
console.log(`\n${table}\n${recipeTable}`);
const complete =
  workerFailures.length === 0 &&
  runs.every(({ failures }) => failures.size === 0) &&
  columns.every(({ cells }) => [...cells.values()].every(({ failures }) => failures.length === 0));
if (complete && !quick && names.length === 0) {
  const text = replaceTable(readFileSync(document, "utf8"), "tests", table);
  writeFileSync(document, replaceTable(text, "programs", recipeTable));
}
process.exitCode = complete ? 0 : 1;

/** workerd runs no test runner, and CI runs everything on one Node by `npm test`. */
function runsVitest({ name }: Runtime): boolean {
  return quick ? ["Bun", "Deno"].includes(name) : name !== "workerd";
}

async function columnOf(runtime: Runtime): Promise<Column> {
  const started = performance.now();
  const results = await runVitest(runtime, selectionOf(quick), quick ? 3 * minute : 90 * minute);
  const cells = cellsOf(runtime, results);
  const failed = [...cells.values()].flatMap((cell) => cell.failures);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${runtime.name}: ${results.length - failed.length} of ${results.length} in ${seconds} s`);
  for (const { test, state, reason = "" } of failed) console.log(`  ${state}: ${test}\n    ${reason}`);
  return { runtime, cells };
}
