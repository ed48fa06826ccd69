import { expect, test } from "vitest";
import { anchorsOf, deadLinks } from "../src/links.js";
import { texts } from "../src/texts.js";

test("a link and a path as code must exist, an address need not", () => {
  const text =
    "[a](../README.md#numbers) [b](gone.md) [c](https://example.com/) `packages/core` `packages/gone.ts`";
  expect(deadLinks({ name: "docs/a.md", text })).toEqual([
    "docs/a.md: docs/gone.md",
    "docs/a.md: packages/gone.ts",
  ]);
});

test("the heading that a link names must exist, on this page or another", () => {
  const text = "# A `b`, c\n\n[a](#a-b-c) [b](#gone) [c](../README.md#license) [d](../README.md#gone)";
  expect(deadLinks({ name: "docs/a.md", text })).toEqual([
    "docs/a.md: docs/a.md#gone",
    "docs/a.md: README.md#gone",
  ]);
});

test("anchors are those of GitHub: without punctuation, counted where they repeat, none in code", () => {
  const text =
    "# HTTP/2 from Node\n\n## [a.mjs](a.mjs)\n\n```sh\n# comment\n```\n\n## 两分钟\n\n## Runs\n\n### Runs";
  expect(anchorsOf(text)).toEqual(["http2-from-node", "amjs", "两分钟", "runs", "runs-1"]);
});

test("documents link to files that exist, and name only those", () => {
  const documents = texts().filter(({ name }) => name.endsWith(".md"));
  expect(documents.flatMap(deadLinks)).toEqual([]);
});
