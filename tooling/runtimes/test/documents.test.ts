import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { recipes } from "../src/recipes.js";
import { readResults, withTables } from "../src/results.js";
import { root, runtimeNames } from "../src/runtimes.js";

const folder = join(root, "tooling/runtimes/npm/recipes");
const files = readdirSync(folder);
const document = readFileSync(join(root, "docs/runtimes.md"), "utf8");

test.each(files)("%s is in the document as it runs", (file) => {
  const [, block] = document.split(`\`\`\`js\n// ${file}\n`);
  expect(block?.split("```")[0]).toBe(readFileSync(join(folder, file), "utf8"));
});

const applications = join(root, "tooling/runtimes/frameworks");
const parts = readdirSync(applications)
  .flatMap((name) => ["app", "server", "src"].map((folder) => join(applications, name, folder)))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .filter((file) => file.endsWith(".js") && readFileSync(file, "utf8").startsWith("// "));

test.each(parts.map((file) => [relative(applications, file), file]))(
  "%s is in the document as it runs",
  (name, file) => {
    const text = readFileSync(file, "utf8");
    const path = name.split("/").slice(1).join("/");
    expect(text.slice(3)).toMatch(new RegExp(`^${path.replace("+", "\\+")}[\n,]`));
    expect(document).toContain(`\`\`\`js\n${text}\`\`\``);
  },
);

test("every program is run by the matrix", () => {
  const run = recipes.map(({ file }) => file);
  expect(files.filter((file) => file !== "room.mjs" && !run.includes(file))).toEqual([]);
});

test("a program has at most 15 lines", () => {
  const lines = (file: string): number => readFileSync(join(folder, file), "utf8").trim().split("\n").length;
  expect(files.filter((file) => lines(file) > 15)).toEqual([]);
});

test("the tables are those of the results", () => {
  expect(withTables(document, readResults())).toBe(document);
});

test("there are results of the readers on every runtime, and of no program that is gone", () => {
  const { programs, readers } = readResults();
  expect(Object.keys(readers).sort()).toEqual([...runtimeNames].sort());
  const known = recipes.map(({ name, runtime }) => `${name}, ${runtime}`);
  expect(Object.keys(programs).filter((name) => !known.includes(name))).toEqual([]);
});
