import { expect, test } from "vitest";
import { texts } from "../src/texts.js";

/** The programs of the documents, and the examples, that drain their hub. */
const programs = texts(/^README\.md$|^(?:docs|packages)\/.*\.md$|^docs\/examples\/.*\.m?[jt]s$/)
  .flatMap(({ name, text }) => blocksOf(name, text).map((block) => [name, block] as const))
  .filter(([, block]) => block.includes("hub.close({ drain"));

function blocksOf(name: string, text: string): string[] {
  if (!name.endsWith(".md")) return [text];
  return text.split("\n```").filter((part) => /^[jt]s\b/.test(part));
}

test("several programs drain their hub", () => {
  expect(programs.length).toBeGreaterThanOrEqual(8);
});

test.each(programs)(
  "a program of %s accepts no new connections before it drains its hub, so that clients reach another instance",
  (_name, block) => {
    const [before] = block.split("hub.close({ drain");
    expect(before).toMatch(/[sS]erver(?:\(\))?\.close\(\)/);
  },
);
