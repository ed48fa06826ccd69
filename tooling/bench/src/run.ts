import type { Bench, Measurement, Scenario, Size } from "./bench.js";
import { type ContenderName, generalContenders, missing } from "./contenders/index.js";
import type { Processes } from "./processes.js";
import { rowsOf, type Summary } from "./summary.js";

/** Options of a run. */
export interface RunOptions {
  size: Size;
  processes: Processes;
  /** The contenders of the run. */
  contenders: readonly ContenderName[];
}

/** Runs one scenario, and ends every process that it has started. */
export async function run(scenario: Scenario, { size, processes, contenders }: RunOptions): Promise<Summary> {
  const measurements: Measurement[] = [];
  const notes = new Set<string>();
  const isThere = (name: ContenderName): boolean => {
    const needs = missing(name);
    if (needs !== undefined) notes.add(`SKIPPED: ${needs}`);
    return needs === undefined;
  };
  const bench: Bench = {
    size,
    processes,
    contenders: (able = generalContenders) =>
      contenders.filter((name) => able.includes(name) && isThere(name)),
    report: (measurement) => void measurements.push({ scenario: scenario.name, ...measurement }),
    note: (text) => void notes.add(text),
  };
  const failed = await scenario.run(bench).then(
    () => false,
    (error: Error) => {
      bench.note(`FAILED: ${error.message}`);
      return true;
    },
  );
  await processes.endAll();
  const { name, title, contest, metrics } = scenario;
  return { scenario: name, title, contest, metrics, rows: rowsOf(measurements), notes: [...notes], failed };
}
