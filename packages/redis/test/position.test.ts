import { describe, expect, test } from "vitest";
import { comparePositions, isEpoch, placeOf, positionOf, randomEpoch } from "../src/position.js";

describe("a position", () => {
  test("is an epoch and an offset, and back", () => {
    const place = { epoch: "abcdefghij01", offset: 42 };
    expect(positionOf(place)).toBe("abcdefghij01-42");
    expect(placeOf("abcdefghij01-42")).toEqual(place);
  });

  test.each([
    "",
    "abcdefghij01",
    "abcdefghij01-",
    "abcdefghij01-01",
    "abcdefghij01--1",
    "ABCDEFGHIJ01-1",
    "abc-1",
  ])("is not %j", (text) => {
    expect(placeOf(text)).toBeUndefined();
  });

  test("compares with those of its epoch alone", () => {
    expect(comparePositions("abcdefghij01-2", "abcdefghij01-10")).toBeLessThan(0);
    expect(comparePositions("abcdefghij01-2", "abcdefghij02-1")).toBeNaN();
  });

  test("begins with an epoch that is another one each time", () => {
    const epochs = Array.from({ length: 100 }, randomEpoch);
    expect(epochs.every(isEpoch)).toBe(true);
    expect(new Set(epochs).size).toBe(100);
  });
});
