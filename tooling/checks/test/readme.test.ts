import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sectionsOf } from "../src/readme/blocks.js";
import { createReadmeProject, type ReadmeProject } from "../src/readme/project.js";
import { isRunnable, runSection } from "../src/readme/run.js";
import { root, workspaces } from "../src/workspace.js";

const names = ["README.md", ...workspaces("packages").map(({ folder }) => `packages/${folder}/README.md`)];
const present = names.filter((name) => existsSync(join(root, name)));
test("the repository and each package have a README", () => {
  expect(present).toEqual(names);
});

describe.each(present)("%s", (name) => {
  const sections = sectionsOf(readFileSync(join(root, name), "utf8"));
  let project: ReadmeProject;

  beforeAll(async () => {
    project = await createReadmeProject(sections);
  }, 60_000);
  afterAll(() => project.remove());

  test("every program compiles against the builds", () => {
    expect(project.errors).toEqual([]);
  });

  const runnable = sections.filter(isRunnable).map((section) => [section.title, section] as const);
  test.each(runnable)("%s: runs and prints what it says", { timeout: 120_000 }, async (_title, section) => {
    await runSection(project, section);
  });
});
