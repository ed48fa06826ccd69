import { describe, expect, test } from "vitest";
import { requireName, requireNames } from "../src/validate.js";

const bad = (field: string) => expect.objectContaining({ code: "invalid-option", field });

describe("the name of a topic or user", () => {
  test.each(["a", " ", "ä/\n*", "x".repeat(256)])("may be %j", (name) => {
    expect(requireName("topic", name)).toBe(name);
  });

  test.each([[""], ["x".repeat(257)], [7], [undefined], [null], [["a"]]])("may not be %j", (name) => {
    expect(() => requireName("user", name)).toThrow(bad("user"));
  });
});

describe("several names", () => {
  test("may be given as one", () => {
    expect(requireNames("topic", "news")).toEqual(["news"]);
  });

  test("count once each", () => {
    expect(requireNames("topic", ["a", "b", "a"])).toEqual(["a", "b"]);
  });

  test("must be at least one, and each must be a name", () => {
    expect(() => requireNames("topic", [])).toThrow(bad("topic"));
    expect(() => requireNames("topic", ["a", ""])).toThrow(bad("topic"));
  });
});
