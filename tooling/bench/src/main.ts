// Runs the benchmarks that the command line asks for, prints their tables and writes files.
import { writeFileSync } from "node:fs";
import { type Arguments, readArguments, usage } from "./arguments.js";
import { circumstances, describe } from "./machine.js";
import { Processes } from "./processes.js";
import { writeMarkdown } from "./report/markdown.js";
import { overview, overviewHead } from "./report/overview.js";
import { svg } from "./report/svg.js";
import { lines, textTable } from "./report/text.js";
import { run } from "./run.js";
import { scenarios } from "./scenarios/index.js";
import type { Summary } from "./summary.js";

const processes = new Processes();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => void processes.close().then(() => process.exit(130)));

try {
  process.exitCode = await main(readArguments(process.argv.slice(2)));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 1;
} finally {
  await processes.endAll();
}

/** Returns the exit code: 1 when a scenario failed. */
async function main(args: Arguments): Promise<number> {
  const circumstance = circumstances(processes);
  console.log(describe(circumstance).join("\n"));
  const summaries: Summary[] = [];
  for (const scenario of scenarios.filter(({ name }) => args.only.includes(name))) {
    const summary = await run(scenario, { size: args.size, processes, contenders: args.contenders });
    console.log(textTable(summary));
    summaries.push(summary);
    // After each scenario, so that a run that is interrupted leaves what it has.
    if (args.json !== undefined)
      writeFileSync(args.json, `${JSON.stringify({ ...circumstance, summaries }, null, 2)}\n`);
    if (args.svg !== undefined) writeFileSync(args.svg, svg(summaries));
    if (args.markdown !== undefined) writeMarkdown(args.markdown, summaries, circumstance);
  }
  console.log(["\nIn a minute", ...lines([[...overviewHead], ...overview(summaries)])].join("\n  "));
  return summaries.some(({ failed }) => failed) ? 1 : 0;
}
