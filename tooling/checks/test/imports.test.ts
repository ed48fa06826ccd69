import { expect, test } from "vitest";
import { importCycles } from "../src/cycles.js";
import { importsOf, packageOf } from "../src/imports.js";

test("every form of import and re-export is seen", () => {
  const text = [
    'import "./effect.js";',
    'import fs, { readFile } from "node:fs";',
    "import {",
    "  one,",
    "  type Two,",
    '} from "@sse/core";',
    'import type { Three } from "./three.js";',
    'export { four } from "./four.js";',
    'export type { Five } from "./five.js";',
    'export * from "./six.js";',
    'const seven = await import("./seven.js");',
    'const eight = require("eight");',
  ].join("\n");
  expect(importsOf(text)).toEqual([
    { specifier: "./effect.js", typeOnly: false },
    { specifier: "node:fs", typeOnly: false },
    { specifier: "@sse/core", typeOnly: false },
    { specifier: "./three.js", typeOnly: true },
    { specifier: "./four.js", typeOnly: false },
    { specifier: "./five.js", typeOnly: true },
    { specifier: "./six.js", typeOnly: false },
    { specifier: "./seven.js", typeOnly: false },
    { specifier: "eight", typeOnly: false },
  ]);
});

test("an import in a doc comment is no import", () => {
  expect(importsOf('/**\n * import { hub } from "@sse/hub";\n */\nexport const a = 1;\n')).toEqual([]);
});

test("a declared value followed by a string is no import", () => {
  expect(
    importsOf('export const a: string = "text";\nexport function f(): string {\n  return "b";\n}\n'),
  ).toEqual([]);
});

test("a specifier belongs to its package", () => {
  expect(["@sse/core/deep", "koa/lib/x.js", "node:fs/promises", "ws"].map(packageOf)).toEqual([
    "@sse/core",
    "koa",
    "node:fs/promises",
    "ws",
  ]);
});

test("a cycle of imports is found, one of types alone unless it is left out", () => {
  const a = { name: "a.ts", text: 'import { b } from "./sub/b.js";\n' };
  const b = { name: "sub/b.ts", text: 'import { a } from "../a.js";\n' };
  const typed = { name: "sub/b.ts", text: 'import type { A } from "../a.js";\n' };
  expect(importCycles([a, b])).toEqual(["a.ts -> sub/b.ts -> a.ts"]);
  expect(importCycles([a, typed])).toEqual(["a.ts -> sub/b.ts -> a.ts"]);
  expect(importCycles([a, typed], { types: false })).toEqual([]);
});
