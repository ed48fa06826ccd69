import { expect, test } from "vitest";
import { deadLinks } from "../src/links.js";
import { texts } from "../src/texts.js";

test("a link and a path as code must exist, an address need not", () => {
  const text =
    "[a](../README.md#x) [b](gone.md) [c](https://example.com/) `packages/core` `packages/gone.ts`";
  expect(deadLinks({ name: "docs/a.md", text })).toEqual([
    "docs/a.md: docs/gone.md",
    "docs/a.md: packages/gone.ts",
  ]);
});

test("documents link to files that exist, and name only those", () => {
  const documents = texts().filter(({ name }) => name.endsWith(".md"));
  expect(documents.flatMap(deadLinks)).toEqual([]);
});
