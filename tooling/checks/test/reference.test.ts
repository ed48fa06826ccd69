import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../src/workspace.js";

const read = (name: string): string => readFileSync(join(root, name), "utf8");

test("the reference has a row for each code of an error, and for no other", () => {
  const type = /export type SseErrorCode =([^;]*);/.exec(read("packages/core/src/errors.ts"))?.[1] ?? "";
  const codes = [...type.matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  const reference = read("docs/reference/core.md");
  const section = reference.slice(reference.indexOf("one class, `SseError`"));
  const rows = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual(codes.sort());
});

test("the settings that the page of the proxies says the doctor names are those that it names", () => {
  const doctor = read("packages/client/src/doctor/intermediaries.ts");
  const table = /^\| It finds \|.*\n(?:\|.*\n)+/m.exec(read("docs/proxies.md"))?.[0] ?? "";
  const settings = [...table.matchAll(/`([^`]+)`/g)].map(([, setting = ""]) => setting);
  expect(settings.length).toBeGreaterThan(10);
  expect(settings.filter((setting) => !doctor.includes(setting))).toEqual([]);
});
