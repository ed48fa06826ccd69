import { type Known, knownFor } from "./known.js";
import { rowOf } from "./rows.js";
import type { Runtime } from "./runtimes.js";
import type { TestResult } from "./test-result.js";

/** One cell of the matrix: the tests of a row on a runtime. */
export interface Cell {
  passed: number;
  /** Reasons of tests that were skipped or failed as expected, each with their number. */
  readonly reasons: Record<string, number>;
  /** Tests that should have passed. */
  readonly failures: TestResult[];
}

/** Sorts the results of a runtime into its cells, by the names of their rows; `""`: of no row. */
export function cellsOf(runtime: Runtime, results: readonly TestResult[]): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  for (const result of results) {
    const name = rowOf(result.file, result.test)?.name ?? "";
    cells[name] ??= { passed: 0, reasons: {}, failures: [] };
    add(cells[name], result, knownFor(runtime, result));
  }
  return cells;
}

function add(cell: Cell, result: TestResult, known: Known | undefined): void {
  if (result.state === "passed") cell.passed += 1;
  else if (known !== undefined) count(cell, known.reason);
  // Skipped everywhere, such as a test that needs a program which is missing.
  else if (result.state === "skipped") count(cell, result.reason ?? "");
  else cell.failures.push(result);
}

function count({ reasons }: Cell, reason: string): void {
  reasons[reason] = (reasons[reason] ?? 0) + 1;
}
