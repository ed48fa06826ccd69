import { describe, expect, test } from "vitest";
import {
  comparePositions,
  formatPosition,
  formatTagged,
  isEpoch,
  isPosition,
  maxPositionLength,
  offsetIn,
  parsePosition,
  randomEpoch,
} from "../../src/log/position.js";

describe("a position", () => {
  test.each([
    ["abcdefghij01-42", { epoch: "abcdefghij01", offset: 42 }],
    ["abcdefghij01-0", { epoch: "abcdefghij01", offset: 0 }],
    ["abcdefghij01-42-x9", { epoch: "abcdefghij01", offset: 42, tag: "x9" }],
  ])("%s is parsed and formatted", (text, parts) => {
    expect(parsePosition(text)).toEqual(parts);
    expect(formatPosition(parts)).toBe(text);
    expect(isPosition(text)).toBe(true);
  });

  test.each([
    "",
    "abcdefghij01",
    "abcdefghij01-",
    "abcdefghij01-01",
    "abcdefghij01--1",
    "abcdefghij01-1-",
    "abcdefghij01-1-A",
    `abcdefghij01-1-${"a".repeat(17)}`,
    "abcdefghij01-1\n",
    "ABCDEFGHIJ01-1",
    "abc-1",
    `abcdefghij01-${"9".repeat(16)}`,
  ])("is not %j", (text) => {
    expect(parsePosition(text)).toBeUndefined();
  });

  test("is never longer than a position may be", () => {
    const parts = { epoch: randomEpoch(), offset: 999_999_999_999_999, tag: "z".repeat(16) };
    expect(formatPosition(parts).length).toBeLessThanOrEqual(maxPositionLength);
    expect(parsePosition(formatPosition(parts))).toEqual(parts);
  });

  test("has the tag of the entry there, one of its own where none is held, and none at the start", () => {
    expect(formatTagged("abcdefghij01", 7, "x9")).toBe("abcdefghij01-7-x9");
    expect(formatTagged("abcdefghij01", 7, undefined)).toBe("abcdefghij01-7-0");
    expect(formatTagged("abcdefghij01", 0, undefined)).toBe("abcdefghij01-0");
  });

  test("compares with those of its epoch alone, by offset", () => {
    expect(comparePositions("abcdefghij01-2", "abcdefghij01-10")).toBeLessThan(0);
    expect(comparePositions("abcdefghij01-2-a", "abcdefghij01-2-b")).toBe(0);
    expect(comparePositions("abcdefghij01-2", "abcdefghij02-1")).toBeNaN();
    expect(comparePositions("", "abcdefghij02-1")).toBeNaN();
  });

  test("has an offset in its own epoch alone", () => {
    expect(offsetIn("abcdefghij01", "abcdefghij01-7")).toBe(7);
    expect(offsetIn("abcdefghij02", "abcdefghij01-7")).toBeNaN();
    expect(offsetIn("abcdefghij01", "7")).toBeNaN();
  });

  test("begins with an epoch that is another one each time", () => {
    const epochs = Array.from({ length: 100 }, randomEpoch);
    expect(epochs.every(isEpoch)).toBe(true);
    expect(new Set(epochs).size).toBe(100);
  });
});

describe("the form of a position", () => {
  test.each(["a", "0-1", "A.b_c-9", "x".repeat(maxPositionLength)])("is met by %j", (text) => {
    expect(isPosition(text)).toBe(true);
  });

  test.each([
    "",
    " ",
    "a b",
    "a\n",
    "\0",
    "é",
    "a/b",
    "%0A",
    "x".repeat(maxPositionLength + 1),
    "x".repeat(1e6),
  ])("is not met by %j", (text) => {
    expect(isPosition(text)).toBe(false);
  });
});
