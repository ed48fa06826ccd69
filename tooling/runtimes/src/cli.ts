// `pnpm matrix` runs everything and writes the table into the docs; `pnpm matrix --quick` runs what
// CI runs and writes nothing; `pnpm matrix Bun "Node 26"` runs only these, and writes nothing
// either.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cellsOf } from "./cells.js";
import { rows, selectionOf } from "./rows.js";
import { installRuntimes, type Runtime, root, runtimes } from "./runtimes.js";
import { type Column, replaceTable, tableOf } from "./table.js";
import { runVitest } from "./vitest-run.js";

const document = join(root, "docs/runtimes.md");
const minute = 60_000;

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const names = args.filter((arg) => !arg.startsWith("--"));

installRuntimes();
const wanted = runtimes().filter(({ name }) =>
  names.length === 0 ? !quick || isQuick(name) : names.includes(name),
);
const columns: Column[] = [];
for (const runtime of wanted) columns.push(await columnOf(runtime));
const table = tableOf(quick ? rows.filter((row) => row.quick) : rows, columns);
console.log(`\n${table}`);
const failures = columns.flatMap(({ cells }) => [...cells.values()].flatMap((cell) => cell.failures));
if (!quick && names.length === 0 && failures.length === 0) {
  writeFileSync(document, replaceTable(readFileSync(document, "utf8"), table));
}
process.exitCode = failures.length === 0 ? 0 : 1;

/** CI tests the Node that it has by `npm test`. */
function isQuick(name: string): boolean {
  return ["Node 26", "Bun", "Deno"].includes(name);
}

async function columnOf(runtime: Runtime): Promise<Column> {
  const started = performance.now();
  const results = await runVitest(runtime, selectionOf(quick), quick ? 2 * minute : 10 * minute);
  const cells = cellsOf(runtime, results);
  const failed = [...cells.values()].flatMap((cell) => cell.failures);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${runtime.name}: ${results.length - failed.length} of ${results.length} in ${seconds} s`);
  for (const { test, state, reason = "" } of failed) console.log(`  ${state}: ${test}\n    ${reason}`);
  return { runtime, cells };
}
