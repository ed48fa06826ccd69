import { describe, expect, test } from "vitest";
import {
  nearestOf,
  outOfRange,
  requireAtLeast,
  requireDuration,
  requireKnownKeys,
  requireOneOf,
  typeOf,
} from "../src/internal.js";

const invalid = (field: string, message: unknown) =>
  expect.objectContaining({ code: "invalid-option", field, message });

describe("requireKnownKeys", () => {
  const known = ["topics", "user", "metadata"];
  const check = (value: unknown) => () => requireKnownKeys(value, known, "connect");

  test("accepts known keys, none, and no object at all where options may be left out", () => {
    for (const value of [{}, { topics: [] }, { user: undefined, metadata: 1 }, undefined])
      expect(check(value)).not.toThrow();
  });

  test.each([
    ["usr", "user"],
    ["topic", "topics"],
    ["metaData", "metadata"],
    ["Topics", "topics"],
  ])("%s is refused with the nearest known key, %s", (key, nearest) => {
    expect(check({ [key]: 1 })).toThrow(
      invalid(key, `connect: unknown key "${key}": did you mean "${nearest}"?`),
    );
  });

  test("a key that is near to none is refused with all known ones", () => {
    const message = 'connect: unknown key "heartbeat": pass only topics, user, metadata';
    expect(check({ heartbeat: 1 })).toThrow(invalid("heartbeat", message));
  });

  test("a long key is cut short, and costs no time", () => {
    expect(check({ ["x".repeat(1_000_000)]: 1 })).toThrow(invalid("x".repeat(64), expect.any(String)));
  });

  test.each([null, 5, "topics"])("%j is no options object", (value) => {
    expect(check(value)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});

test("the nearest name is found inside of an object too", () => {
  expect(nearestOf("maxEvent", ["heartbeat", "window.maxEvents"])).toBe("window.maxEvents");
  expect(nearestOf("ab", ["xy"])).toBeUndefined();
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "5", undefined])(
  "%s is no count of at least 0, and no duration",
  (value) => {
    for (const check of [
      requireAtLeast.bind(null, 0),
      (name: string, ms: number) => requireDuration(name, ms),
    ])
      expect(() => check("size", value as number)).toThrow(
        invalid(
          "size",
          `size must be an integer of at least 0, not ${typeof value === "string" ? '"5"' : value}`,
        ),
      );
  },
);

test("a duration is bounded by what a timer keeps, or as asked", () => {
  expect(requireDuration("wait", 2 ** 31 - 1)).toBe(2 ** 31 - 1);
  expect(() => requireDuration("wait", 2 ** 31)).toThrow(invalid("wait", expect.stringContaining("at most")));
  expect(() => requireDuration("wait", 9, { min: 10 })).toThrow(invalid("wait", expect.any(String)));
  expect(() => requireDuration("wait", 21, { max: 20 })).toThrow(invalid("wait", expect.any(String)));
});

test("one of a few values", () => {
  expect(requireOneOf(["a", "b"], "kind", "b")).toBe("b");
  expect(() => requireOneOf(["a", "b"], "kind", "c")).toThrow(
    invalid("kind", 'kind must be "a" or "b", not "c"'),
  );
});

test("a message names the type of an object, and never prints it", () => {
  expect(outOfRange("log", "an EventLog", { secret: 1 }).message).toBe(
    "log must be an EventLog, not an object",
  );
  expect([null, undefined, [], {}, "", 1, () => 0].map(typeOf)).toEqual([
    "null",
    "undefined",
    "an array",
    "an object",
    "a string",
    "a number",
    "a function",
  ]);
});
