import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { guides, installNote, withInstallNote } from "../../install-note.mjs";
import { root } from "../src/workspace.js";

describe.each(guides().map((file) => [basename(file), readFileSync(file, "utf8")] as const))(
  "%s",
  (_name, text) => {
    test("begins with its title and the way to install", () => {
      expect(text.split("\n").slice(0, 3)).toEqual([expect.stringMatching(/^# \w/), "", installNote]);
      expect(withInstallNote(text)).toBe(text);
    });

    test("names the packages to pack", () => {
      expect(text).toMatch(/to pack: `|\| To pack \||\.\.\/README\.md|\.\.\/runtimes\.md|comparison/i);
    });
  },
);

test("the page of the guides lists each of them", () => {
  const list = readFileSync(join(root, "docs/guides/README.md"), "utf8");
  const names = readdirSync(join(root, "docs/guides")).filter((name) => name !== "README.md");
  expect(names.filter((name) => !list.includes(`(${name})`))).toEqual([]);
});
