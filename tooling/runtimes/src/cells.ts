import { type Known, knownFor } from "./known.js";
import { type Row, rowOf } from "./rows.js";
import type { Runtime } from "./runtimes.js";
import type { TestResult } from "./test-result.js";

/** One cell of the matrix: the tests of a row on a runtime. */
export interface Cell {
  passed: number;
  /** Reasons of tests that were skipped or failed as expected, each with their number. */
  readonly reasons: Map<string, number>;
  /** Tests that should have passed. */
  readonly failures: TestResult[];
}

/** Sorts the results of a runtime into its cells. */
export function cellsOf(runtime: Runtime, results: readonly TestResult[]): Map<Row | undefined, Cell> {
  const cells = new Map<Row | undefined, Cell>();
  for (const result of results) {
    const row = rowOf(result.file, result.test);
    const cell = cells.get(row) ?? { passed: 0, reasons: new Map(), failures: [] };
    cells.set(row, cell);
    add(cell, result, knownFor(runtime, result));
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
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
