// A reporter of vitest that writes each result at once, so that the results of a run that hangs are not lost.
import { appendFileSync } from "node:fs";
import process from "node:process";

const file = process.env["MATRIX_RESULTS"] ?? "";

/** @param {object} line */
function write(line) {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

export default class MatrixReporter {
  /** @param {import("vitest/node").TestCase} test */
  onTestCaseReady(test) {
    write({ file: test.module.moduleId, test: test.fullName, state: "started" });
  }

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    const result = test.result();
    const reason = result.state === "skipped" ? result.note : result.errors?.[0]?.message;
    write({ file: test.module.moduleId, test: test.fullName, state: result.state, reason });
  }

  /** @param {import("vitest/node").TestModule} module */
  onTestModuleEnd(module) {
    const [error] = module.errors();
    if (error) write({ file: module.moduleId, test: "(the file)", state: "failed", reason: error.message });
  }

  /** @param {unknown} _modules @param {readonly { message?: string }[]} errors */
  onTestRunEnd(_modules, errors) {
    for (const { message } of errors)
      write({ file: "", test: "(outside of tests)", state: "failed", reason: message });
  }
}
