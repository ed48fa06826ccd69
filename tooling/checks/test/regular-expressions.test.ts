import { describe, expect, test } from "vitest";
import { attackOn, type RegularExpression, regularExpressionsOf } from "../src/regular-expressions.js";
import { texts } from "../src/texts.js";

describe("the analysis", () => {
  const literal = (source: string): RegularExpression => ({ location: "", source, flags: "" });

  test("regular expression literals are found, and only those", () => {
    const text = 'const a = 6 / 3 / 1;\nconst b = "/x/";\nconst c = /[/"]+y/gi;';
    expect(regularExpressionsOf({ name: "a.ts", text })).toEqual([
      { location: "a.ts:3", source: '[/"]+y', flags: "gi" },
    ]);
  });

  test.each(["a+b", '"(?:[^"\\\\]|\\\\.)*"', "^(a+)+$", "\\s+$"])("/%s/ is slow on some input", (source) => {
    expect(attackOn(literal(source))).toEqual(expect.any(String));
  });

  // One match of it costs what its length explains; all matches of a global expression do not.
  test("all matches together are counted", () => {
    const source = '(?:[^,"]|"(?:\\\\.|[^"\\\\])*")+';
    expect(attackOn({ ...literal(source), flags: "g" })).toEqual(expect.any(String));
    expect(attackOn({ ...literal("[^,]+"), flags: "g" })).toBeUndefined();
  });

  test.each(["^a+b", "[\\r\\n\\0]", "^\\s*(\\S+)\\s*$", "\\r\\n|\\r|\\n"])("/%s/ is linear", (source) => {
    expect(attackOn(literal(source))).toBeUndefined();
  });
});

const files = texts().filter(({ name }) => /^(?:packages|apps)\/[^/]+\/(?:page\/)?src\/.*\.tsx?$/.test(name));
const expressions = files.flatMap(regularExpressionsOf);

// A peer chooses the length of its input: quadratic time on it is a denial of service.
test.each(expressions)("$location: /$source/$flags takes linear time on every input", (expression) => {
  expect(attackOn(expression)).toBeUndefined();
});

test("no expression is put together at run time, where nothing can check it", () => {
  expect(files.filter(({ text }) => text.includes("RegExp(")).map(({ name }) => name)).toEqual([]);
});
