import { describe, expect, test } from "vitest";
import { languageFindings } from "../src/language.js";
import { texts } from "../src/texts.js";

describe("the language rules", () => {
  const found = (text: string, name = "a.ts"): string[] => languageFindings({ name, text });

  test.each([
    ["/** What a feed reports. */", 'a.ts:1: "What …": begin with the subject'],
    ["const a = 1;\n/**\n * How long a reader waits. */", 'a.ts:2: "How …": begin with the subject'],
    ["/** When a reader began. */", 'a.ts:1: "When …": begin with the subject'],
    ["const mostTopics = 1;", 'a.ts:1: "mostTopics": write max or min'],
    ["const LONGEST_NAME = 1;", 'a.ts:1: "LONGEST_NAME": write max or min'],
    ["// Nobody waits.", 'a.ts:1: "Nobody": not a word of the house'],
    ["// The behaviour of a log.", 'a.ts:1: "behaviour": American spelling'],
    [`  // ${"word ".repeat(20)}`, "a.ts:1: wrap at 100, not 105"],
    [`const a = 1; // ${"word ".repeat(20)}`, "a.ts:1: wrap at 110, not 116"],
  ])("%s is a finding", (text, finding) => {
    expect(found(text)).toEqual([finding]);
  });

  test.each([
    "/** Whether it is open. */",
    "/** Returns what a feed reports. */",
    "// What follows is no doc comment.",
    "const mostly = 1;",
    'const a = "/** What a string holds. */";',
    "const a = /[/]* What/;",
    `// https://example.com/${"a".repeat(100)}`,
  ])("%s is none", (text) => {
    expect(found(text)).toEqual([]);
  });

  test("a document may ask a question, but has no British spelling", () => {
    expect(found("What is guaranteed\n\nThe licence.", "README.md")).toEqual([
      'README.md:3: "licence": American spelling',
    ]);
  });
});

/** The rules and their tests: they name the words that the rules forbid. */
const RULES = /^tooling\/checks\/(?:src\/language|test\/language\.test)\.ts$/;

test("comments, names and documents follow the language rules", () => {
  expect(
    texts()
      .filter(({ name }) => !RULES.test(name))
      .flatMap(languageFindings),
  ).toEqual([]);
});

test("the rules cover sources, tests, tools and documents", () => {
  const names = texts().map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "README.md",
      "packages/hub/src/hub.ts",
      "packages/hub/test/hub.test.ts",
      "tooling/checks/test/language.test.ts",
      "tooling/run.mjs",
      "vitest.config.ts",
    ]),
  );
});
