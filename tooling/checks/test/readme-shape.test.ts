import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, workspaces } from "../src/workspace.js";

/** The headings of the root README, in this order. */
const rootHeadings = [
  "Two minutes",
  "Resume after a disconnect",
  "In the browser",
  "Pick your package",
  "How it fits together",
  "What is guaranteed, and what is not",
  "Numbers",
  "Contributing",
  "License",
];

/** The headings that a package's README may have, in this order; those with `true` it must have. */
const packageHeadings: [heading: string, required: boolean][] = [
  ["Quick start", true],
  ["API", true],
  ["Examples", false],
  ["Options", false],
  ["Errors", false],
  ["Notes", false],
  ["Further reading", true],
];

const FENCED = /^```[^\n]*\n[\s\S]*?^```$/gm;

const read = (name: string): string => readFileSync(join(root, name), "utf8");
const blocksOf = (text: string): string[] => text.match(FENCED) ?? [];
const proseOf = (text: string): string => text.replace(FENCED, "");
const headingsOf = (text: string, level: number): string[] =>
  [...proseOf(text).matchAll(/^(#+) (.*)$/gm)]
    .filter(([, marks]) => marks?.length === level)
    .map(([, , title]) => title ?? "");
const lengthOf = (text: string): number => text.trimEnd().split("\n").length;

describe("README.md", () => {
  test("has fewer than 150 lines", () => {
    expect(lengthOf(read("README.md"))).toBeLessThan(150);
  });

  test("has its headings in their order", () => {
    expect(headingsOf(read("README.md"), 2)).toEqual(rootHeadings);
  });
});

describe("README.zh-CN.md", () => {
  const [english, chinese] = ["README.md", "README.zh-CN.md"].map(read) as [string, string];

  test("has the headings of README.md, level by level, in Chinese", () => {
    const levels = (text: string): string[] => proseOf(text).match(/^#+(?= )/gm) ?? [];
    expect(levels(chinese)).toEqual(levels(english));
    expect(headingsOf(chinese, 2).filter((title) => !/\p{Script=Han}/u.test(title))).toEqual([]);
  });

  test("has the same blocks of code", () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  test("has the same links, commands, figures and rows of tables", () => {
    const facts = (text: string): Record<string, string[]> => ({
      links: matches(text, /\]\(([^)]+)\)/g).filter((link) => !link.startsWith("README")),
      code: matches(text, /`([^`\n]+)`/g),
      figures: matches(text, /(\d[\d.,]*\d)/g),
      rows: matches(text, /^(\|)/gm),
    });
    expect(facts(chinese)).toEqual(facts(english));
  });

  test("and README.md link to each other", () => {
    expect(english).toContain("(README.zh-CN.md)");
    expect(chinese).toContain("(README.md)");
  });

  function matches(text: string, pattern: RegExp): string[] {
    return [...proseOf(text).matchAll(pattern)].map(([, found]) => found ?? "").sort();
  }
});

describe.each(workspaces("packages").map(({ folder }) => folder))("the README of %s", (folder) => {
  const text = read(`packages/${folder}/README.md`);

  test("has fewer than 120 lines", () => {
    expect(lengthOf(text)).toBeLessThan(120);
  });

  test("has headings of the one set, in their order", () => {
    const found = headingsOf(text, 2);
    const expected = packageHeadings
      .filter(([heading, required]) => required || found.includes(heading))
      .map(([heading]) => heading);
    expect(found).toEqual(expected);
  });

  test("begins with its name, one sentence and the way to install", () => {
    expect(text.split("\n")[0]).toBe(`# @sse/${folder}`);
    expect(text.slice(text.indexOf("## Quick start"), text.indexOf("## API"))).toContain(`@sse/`);
  });
});
