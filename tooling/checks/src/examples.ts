import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, type ProgramLanguage, type Section, sectionsOf } from "./readme/blocks.js";
import { root } from "./workspace.js";

const folder = join(root, "docs/examples");
const heading = /^\[(?<name>[\w.-]+)\]/;
const languages: Record<string, ProgramLanguage> = { mjs: "js", ts: "ts" };

/** One example: its file, and the section of the README that runs it. */
export interface Example {
  name: string;
  text: string;
  section: Section;
}

/** Returns the names of all files that are examples. */
export function exampleFiles(): string[] {
  return readdirSync(folder).filter((name) => !name.endsWith(".md"));
}

/** Returns the examples of the README, each with the program of its file ahead of the blocks. */
export function examples(): Example[] {
  return sectionsOf(readFileSync(join(folder, "README.md"), "utf8")).flatMap(({ title, blocks }, index) => {
    const name = heading.exec(title)?.groups?.name;
    if (name === undefined) return [];
    const text = readFileSync(join(folder, name), "utf8");
    return { name, text, section: { title: name, blocks: [programOf(name, text, index + 1), ...blocks] } };
  });
}

/** A module that only exports is compiled and not run. */
function programOf(name: string, text: string, line: number): Block {
  const language = languages[name.slice(name.lastIndexOf(".") + 1)] ?? "js";
  return { kind: "program", language, run: !/^export /m.test(text), text, line };
}
