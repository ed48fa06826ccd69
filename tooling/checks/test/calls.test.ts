import { describe, expect, test } from "vitest";
import { bareTimers, classTests, datesRead, shortLimits } from "../src/calls.js";
import { texts } from "../src/texts.js";

/** The clocks of the packages: everything else receives one, so that tests need not wait. */
const CLOCKS = ["packages/core/src/timers.ts", "packages/hub/src/clock.ts"];

/**
 * Files that read the time of day because they need a date. Durations are measured with a monotonic
 * clock.
 */
const DATES = ["packages/client/src/retry.ts", "packages/hub/src/clock.ts"];

describe("the search", () => {
  const text = [
    "setTimeout(f, 1); clock.setTimeout(f, 1); setInterval(f, 1); // setTimeout()",
    'const a = Date.now(), b = performance.now(), c = new Date(), d = "Date.now()";',
    "if (e instanceof SseError || e instanceof Error) throw e;",
  ].join("\n");

  test("sees code, and neither comments nor strings", () => {
    expect(bareTimers({ name: "a.ts", text })).toEqual(["a.ts:1", "a.ts:1"]);
    expect(datesRead({ name: "a.ts", text })).toEqual(["a.ts:2"]);
    expect(classTests({ name: "a.ts", text })).toEqual(["a.ts:3"]);
  });
});

const files = texts().filter(({ name }) => /^packages\/[^/]+\/src\//.test(name));

test("timers run on a clock that tests can replace", () => {
  expect(files.filter(({ name }) => !CLOCKS.includes(name)).flatMap(bareTimers)).toEqual([]);
});

test("only dates are read from the time of day", () => {
  expect(files.filter(({ name }) => !DATES.includes(name)).flatMap(datesRead)).toEqual([]);
});

test("an error is recognized by its brand, so that one of another copy of the package is", () => {
  expect(files.flatMap(classTests)).toEqual([]);
});

describe("the search for time limits", () => {
  const found = (text: string): string[] => shortLimits({ name: "a.ts", text });

  test.each([
    'test("a", { timeout: 5_000 }, () => {});',
    'test.each([1])("a", { timeout: 5_000 }, () => {});',
    "beforeAll(() => {}, 60_000);",
    "await vi.waitFor(() => {});",
    "await vi.waitUntil(() => true, { timeout: 1_000 });",
  ])("%s is found", (text) => {
    expect(found(text)).toEqual(["a.ts:1"]);
  });

  test.each([
    'test("a", { timeout: 300_000 }, () => {});',
    'test("a", () => hub.publish("a", {}, { timeout: 5_000 }));',
    "await vi.waitUntil(() => true, { timeout: 100_000 });",
    "it.scrollTo(0, 100);",
  ])("%s is not", (text) => {
    expect(found(text)).toEqual([]);
  });
});

// The limits of vitest.config.ts find a hang. A shorter one fails where the machine is busy.
test("no test has a time limit that a busy machine reaches", () => {
  const tests = texts(/^(?:packages|apps|tooling)\/.*\.ts$/);
  expect(tests.flatMap(shortLimits)).toEqual([]);
});
