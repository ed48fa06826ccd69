import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../src/workspace.js";

test("the reference has a row for each code of an error, and for no other", () => {
  const source = readFileSync(join(root, "packages/core/src/errors.ts"), "utf8");
  const type = /export type SseErrorCode =([^;]*);/.exec(source)?.[1] ?? "";
  const codes = [...type.matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  const reference = readFileSync(join(root, "docs/reference/core.md"), "utf8");
  const section = reference.slice(reference.indexOf("one class, `SseError`"));
  const rows = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual(codes.sort());
});
