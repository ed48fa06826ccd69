import type { Runtime } from "./runtimes.js";
import type { TestResult } from "./test-result.js";

/** Tests that are known to fail on some runtimes. */
export interface Known {
  /** The names of the runtimes. */
  readonly runtimes: RegExp;
  /** The files, relative to the repository. */
  readonly file: RegExp;
  /** The full names. */
  readonly test: RegExp;
  /** The cause, for the table: whose it is, and what follows for users. */
  readonly reason: string;
}

const known: readonly Known[] = [];

/** Returns why a test that did not pass on a runtime was not expected to. */
export function knownFor({ name }: Runtime, { file, test }: TestResult): Known | undefined {
  return known.find((entry) => entry.runtimes.test(name) && entry.file.test(file) && entry.test.test(test));
}
