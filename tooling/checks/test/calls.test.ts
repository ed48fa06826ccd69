import { describe, expect, test } from "vitest";
import { bareTimers, classTests, datesRead, shortLimits } from "../src/calls.js";
import { texts } from "../src/texts.js";

/** The clocks of the packages: everything else receives one, so that tests need not wait. */
const CLOCKS = ["packages/core/src/post-task.ts", "packages/core/src/timers.ts", "packages/hub/src/clock.ts"];

/**
 * Files that read the time of day because they need a date. Durations are measured with a monotonic
 * clock.
 */
const DATES = [
  "packages/client/src/retry.ts",
  "packages/hub/src/clock.ts",
  // Times that a page shows, and a key and a seed that differ each time.
  "apps/chat/page/src/api.ts",
  "apps/chat/page/src/chat-client.ts",
  "apps/stockprice/page/src/chart.tsx",
  "apps/stockprice/page/src/lab-model.ts",
  "apps/stockprice/page/src/market-page.ts",
  "apps/stockprice/src/clock.ts",
  "apps/stockprice/src/server.ts",
  "apps/ui/src/line/line.ts",
  "apps/ui/src/parts/timeline.tsx",
  "apps/ui/src/server/send-samples.ts",
];

/** Classes whose objects are made and tested by the same copy of a package, in one realm. */
const OWN_CLASSES = [
  "ChangedHistory",
  "FatalError",
  "Problem",
  "Promise",
  "RemoteConnection",
  "TransientError",
  // Of the driver that opened the connection.
  "JetStreamApiError",
  // Where anything else is shown as well, and in what Fastify made.
  "Error",
  "Map",
];

describe("the search", () => {
  const text = [
    "setTimeout(f, 1); clock.setTimeout(f, 1); setInterval(f, 1); setImmediate(f); // setTimeout()",
    'const a = Date.now(), b = performance.now(), c = new Date(), d = "Date.now()";',
    "if (e instanceof SseError || e instanceof Error) throw e;",
  ].join("\n");

  test("sees code, and neither comments nor strings", () => {
    expect(bareTimers({ name: "a.ts", text })).toEqual(["a.ts:1", "a.ts:1", "a.ts:1"]);
    expect(datesRead({ name: "a.ts", text })).toEqual(["a.ts:2"]);
    expect(classTests({ name: "a.ts", text }, ["Error"])).toEqual(["a.ts:3"]);
  });
});

const files = texts().filter(({ name }) => /^packages\/[^/]+\/src\//.test(name));
const applications = texts().filter(({ name }) => /^apps\/[^/]+\/(?:page\/)?src\/.*\.tsx?$/.test(name));

test("timers run on a clock that tests can replace", () => {
  expect(files.filter(({ name }) => !CLOCKS.includes(name)).flatMap(bareTimers)).toEqual([]);
});

test("only dates are read from the time of day", () => {
  expect([...files, ...applications].filter(({ name }) => !DATES.includes(name)).flatMap(datesRead)).toEqual(
    [],
  );
});

test("what may be of another copy of a package is recognized by its brand or its form", () => {
  expect(files.flatMap((text) => classTests(text, OWN_CLASSES))).toEqual([]);
});

describe("the search for time limits", () => {
  const found = (text: string): string[] => shortLimits({ name: "a.ts", text });

  test.each([
    'test("a", { timeout: 5_000 }, () => {});',
    'test.each([1])("a", { timeout: 5_000 }, () => {});',
    "beforeAll(() => {}, 60_000);",
    "beforeAll(() => {}, 120_000);",
    "vi.setConfig({ testTimeout: 30_000 });",
    "await vi.waitFor(() => {});",
    "await vi.waitUntil(() => true, { timeout: 1_000 });",
  ])("%s is found", (text) => {
    expect(found(text)).toEqual(["a.ts:1"]);
  });

  test.each([
    'test("a", { timeout: 900_000 }, () => {});',
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
