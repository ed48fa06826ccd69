import { expect, test } from "vitest";
import type { Runtime } from "../src/runtimes.js";
import { runVitest } from "../src/vitest-run.js";

/** A runtime that runs a script of its own instead of the tests. */
function runtimeOf(script: string): Runtime {
  return { name: "broken", version: "0", command: [process.execPath, "-e", script, "--"] };
}

test.each([
  ["process.exit(0)", "no test ran"],
  ["process.kill(process.pid, 'SIGKILL')", "the process was ended by SIGKILL"],
])("a runtime that runs no test has a failure: %s", async (script, reason) => {
  const results = await runVitest(runtimeOf(script), [], 60_000);
  expect(results).toEqual([{ file: "", test: "(outside of tests)", state: "failed", reason }]);
});
