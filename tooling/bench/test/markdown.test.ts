import { describe, expect, it } from "vitest";
import { placed } from "../src/report/markdown.js";

const page =
  "before\n<!-- bench: begin (written by `pnpm bench --markdown`) -->\nold\n<!-- bench: end -->\nafter\n";

describe("a page with tables", () => {
  it("keeps what stands outside the markers and loses what stood between them", () => {
    const written = placed(page, "new");
    expect(written).toMatch(/^before\n/);
    expect(written).toMatch(/\nafter\n$/);
    expect(written).toContain("\n\nnew\n\n");
    expect(written).not.toContain("old");
  });

  it("comes out the same when the same is written again", () => {
    expect(placed(placed(page, "new"), "new")).toBe(placed(page, "new"));
  });

  it("is refused without markers", () => {
    expect(() => placed("no markers", "new")).toThrow("needs the lines");
  });
});
