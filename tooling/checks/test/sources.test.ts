import { describe, expect, test } from "vitest";
import { runTool } from "../src/commands.js";

describe("the sources", { timeout: 120_000 }, () => {
  test("are formatted and free of lint", async () => {
    await expect(runTool("@biomejs/biome/bin/biome", ["check", "--colors=off"])).resolves.toBeDefined();
  });

  test("compile, tests and tooling included", async () => {
    await expect(
      runTool("turbo/bin/turbo", ["run", "typecheck", "--output-logs=errors-only"]),
    ).resolves.toBeDefined();
    await expect(runTool("typescript/bin/tsc", ["--noEmit"])).resolves.toBeDefined();
  });

  test("hold no unused file, export or dependency", async () => {
    await expect(runTool("knip/bin/knip.js", ["--no-config-hints"])).resolves.toBeDefined();
  });
});
