import { describe, test } from "vitest";
import { runTool } from "../src/commands.js";

// Each tool fails the test with what it printed.
describe("the sources", () => {
  test("are formatted and free of lint", async () => {
    await runTool("@biomejs/biome/bin/biome", ["check", "--colors=off"]);
  });

  test("compile, tests and tooling included", async () => {
    await runTool("turbo/bin/turbo", ["run", "typecheck", "--output-logs=errors-only"]);
    await runTool("typescript/bin/tsc", ["--noEmit"]);
  });

  test("hold no unused file, export or dependency", async () => {
    await runTool("knip/bin/knip.js", ["--no-config-hints"]);
  });
});
