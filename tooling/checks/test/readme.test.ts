import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sectionsOf } from "../src/readme/blocks.js";
import { createReadmeProject, type ReadmeProject } from "../src/readme/project.js";
import { isRunnable, runSection } from "../src/readme/run.js";
import { documents, root, workspaces } from "../src/workspace.js";

const folders = workspaces("packages").map(({ folder }) => folder);
const names = folders.flatMap((folder) => documents(folder).map((name) => `packages/${folder}/${name}`));
const guides = readdirSync(join(root, "docs/guides")).map((name) => `docs/guides/${name}`);

test("the repository and each package have a README", () => {
  const readmes = ["README.md", ...folders.map((folder) => `packages/${folder}/README.md`)];
  expect(readmes.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

describe.each(["README.md", ...names, ...guides])("%s", (name) => {
  const sections = sectionsOf(readFileSync(join(root, name), "utf8"));
  let project: ReadmeProject;

  beforeAll(async () => {
    project = await createReadmeProject(sections);
  });
  afterAll(() => project.remove());

  test("every program compiles against the builds", () => {
    expect(project.errors).toEqual([]);
  });

  const runnable = sections.filter(isRunnable).map((section) => [section.title, section] as const);
  test.each(runnable)("%s: runs and prints what it says", async (_title, section) => {
    await runSection(project, section);
  });
});
