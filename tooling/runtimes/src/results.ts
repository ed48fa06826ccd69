import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReaderRun } from "./reader-run.js";
import type { RecipeRun } from "./recipe-run.js";
import { type Runtime, root } from "./runtimes.js";
import { type Column, programTableOf, readerTableOf, replaceTable, testTableOf } from "./table.js";

/**
 * The results from which the tables are written: of each runtime, program and reader the last run
 * in which nothing failed. A run keeps what it has as it goes, so that one that is ended early can
 * be continued with the other runtimes.
 */
export interface Results {
  /** By the name of the runtime. */
  readonly tests: Record<string, Column>;
  /** By the names of the program and the runtime. */
  readonly programs: Record<string, ProgramResult>;
  /** The versions of runtimes by their names. */
  readonly readers: Record<string, string>;
}

/** A program that passed every check. */
export interface ProgramResult {
  /** Of the runtime. */
  readonly version: string;
  /** The names of the checks. */
  readonly passed: readonly string[];
}

const file = fileURLToPath(new URL("../results.json", import.meta.url));

/** The document that has the tables. */
const document = join(root, "docs/runtimes.md");

export function readResults(): Results {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Keeps the results of the tests on a runtime, unless one failed. */
export function keepTests({ runtime, column }: { runtime: Runtime; column: Column }): void {
  if (Object.values(column.cells).every(({ failures }) => failures.length === 0))
    change(({ tests }) => {
      tests[runtime.name] = column;
    });
}

/** Keeps the result of a program, unless a check failed. */
export function keepProgram({ recipe, runtime, checks, failures }: RecipeRun): void {
  if (failures.size === 0)
    change(({ programs }) => {
      programs[`${recipe.name}, ${runtime.name}`] = {
        version: runtime.version,
        passed: checks.map(({ name }) => name),
      };
    });
}

/** Keeps the result of the readers on a runtime, unless one failed. */
export function keepReaders({ runtime, failures }: ReaderRun): void {
  if (failures.length === 0)
    change(({ readers }) => {
      readers[runtime.name] = runtime.version;
    });
}

function change(apply: (results: Results) => void): void {
  const results = readResults();
  apply(results);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(document, withTables(readFileSync(document, "utf8"), results));
}

/** Returns a document with the tables of the results. */
export function withTables(text: string, { tests, programs, readers }: Results): string {
  const tables = {
    programs: programTableOf(programs),
    readers: readerTableOf(readers),
    // Until the tests of one runtime have run, the table of earlier runs stays.
    ...(Object.keys(tests).length > 0 && { tests: testTableOf(tests) }),
  };
  return Object.entries(tables).reduce((all, [name, table]) => replaceTable(all, name, table), text);
}
