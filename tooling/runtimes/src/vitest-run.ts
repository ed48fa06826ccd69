import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Runtime, root } from "./runtimes.js";
import type { TestResult } from "./test-result.js";

const vitest = join(root, "node_modules/vitest/vitest.mjs");
const reporter = fileURLToPath(new URL("reporter.mjs", import.meta.url));

/** Milliseconds: some tests never end on some runtimes. */
const testTimeout = 120_000;

/**
 * Runs test files on a runtime, until they end or the time limit is reached. A run that is ended,
 * or in which nothing ran, has a failure.
 *
 * @param selection the arguments of vitest that select tests.
 * @param limit in milliseconds.
 */
export async function runVitest(
  { command }: Runtime,
  selection: readonly string[],
  limit: number,
): Promise<TestResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "sse-matrix-"));
  const file = join(folder, "results");
  writeFileSync(file, "");
  const options = [`--reporter=${reporter}`, `--testTimeout=${testTimeout}`];
  const [program = "", ...args] = [...command, vitest, "run", ...options, ...selection];
  const child = spawn(program, args, {
    cwd: root,
    // A runtime shows in few random schedules; that there are no wrong ones is for `npm test`.
    env: { SSE_RUNS: "200", ...process.env, MATRIX_RESULTS: file },
    stdio: "ignore",
    detached: true, // A group of its own, which can be ended with all its workers.
  });
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, "SIGKILL"), limit);
  const [, signal] = await once(child, "exit");
  clearTimeout(timer);
  const results = parse(readFileSync(file, "utf8"));
  rmSync(folder, { recursive: true });
  if (signal !== null) return [...results, failed(`the process was ended by ${signal}`)];
  return results.length === 0 ? [failed("no test ran")] : results;
}

function failed(reason: string): TestResult {
  return { file: "", test: "(outside of tests)", state: "failed", reason };
}

/** Keeps the result of each test. */
function parse(text: string): TestResult[] {
  const byTest = new Map<string, TestResult>();
  for (const line of text.split("\n").filter((part) => part !== "")) {
    const result = JSON.parse(line);
    const file = result.file === "" ? "" : relative(root, result.file);
    const key = `${file} ${result.test}`;
    // A start that is reported late is none.
    if (result.state !== "started" || !byTest.has(key)) byTest.set(key, { ...result, file });
  }
  return [...byTest.values()];
}
