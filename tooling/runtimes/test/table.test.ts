import { expect, test } from "vitest";
import { cellsOf } from "../src/cells.js";
import { rows } from "../src/rows.js";
import type { Runtime } from "../src/runtimes.js";
import { replaceTable, testTableOf } from "../src/table.js";
import type { TestResult } from "../src/test-result.js";

const runtime: Runtime = { name: "Node 26", version: "26.10.0", command: [] };
const web = rows.filter(({ name }) => name === "`@sse/web`");
const file = "packages/web/test/web-sink.test.ts";
const result = (test: string, state: TestResult["state"], reason?: string): TestResult => ({
  file,
  test,
  state,
  ...(reason !== undefined && { reason }),
});

function table(results: TestResult[]): string {
  return testTableOf({ [runtime.name]: { version: runtime.version, cells: cellsOf(runtime, results) } }, web);
}

test("a cell counts the tests that pass, and points to the reasons of the others", () => {
  const text = table([
    result("one", "passed"),
    result("two", "passed"),
    result("three", "skipped", "Node cannot"),
    result("four", "skipped", "Node cannot"),
  ]);
  expect(text).toContain("| `@sse/web` | 2 of 4 ¹ |");
  expect(text).toContain("\n1. Node cannot.\n");
});

test("a test that is skipped without a reason says nothing of the runtime", () => {
  expect(table([result("one", "passed"), result("two", "skipped")])).toContain("| `@sse/web` | 1 |");
});

test.each(["failed", "started"] as const)("a test that %s shows", (state) => {
  const text = table([result("one", "passed"), result("two", state)]);
  expect(text).toContain("| `@sse/web` | 1 of 2 **1 failed** |");
});

test("a table replaces the one before it, and only a table that the document has", () => {
  const document = "a\n<!-- t: written by pnpm matrix -->\nold\n<!-- end of t -->\nb\n";
  const replaced = replaceTable(document, "t", "| new |");
  expect(replaced).toBe("a\n<!-- t: written by pnpm matrix -->\n\n| new |\n<!-- end of t -->\nb\n");
  expect(replaceTable(replaced, "t", "| new |")).toBe(replaced);
  expect(() => replaceTable(document, "other", "")).toThrow("other");
});
