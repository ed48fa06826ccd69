import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sectionsOf } from "../src/readme/blocks.js";
import { createReadmeProject, type ReadmeProject } from "../src/readme/project.js";
import { isRunnable, runSection } from "../src/readme/run.js";
import { texts } from "../src/texts.js";
import { root, workspaces } from "../src/workspace.js";

/**
 * Documents whose programs other checks run: the examples are files of their own, the programs of
 * the runtimes run on each of them, and the Chinese README has the blocks of the English one.
 */
const checkedElsewhere = ["docs/examples/README.md", "docs/runtimes.md", "README.zh-CN.md"];

const pages = texts(/\.md$/)
  .filter(({ name }) => !checkedElsewhere.includes(name) && !/CHANGELOG|^\.changeset\//.test(name))
  .map(({ name, text }) => ({ name, sections: sectionsOf(text) }))
  .filter(({ sections }) => sections.some(({ blocks }) => blocks.length > 0));

test("the repository and each package have a README", () => {
  const folders = workspaces("packages").map(({ folder }) => folder);
  const readmes = ["README.md", ...folders.map((folder) => `packages/${folder}/README.md`)];
  expect(readmes.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test("guides, references, packages and pages of their own have programs", () => {
  expect(pages.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "README.md",
      "docs/guides/getting-started.md",
      "docs/proxies.md",
      "docs/reference/handlers.md",
      "packages/client/EVENTSOURCE.md",
      "packages/core/README.md",
    ]),
  );
});

describe.each(pages)("$name", ({ sections }) => {
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
