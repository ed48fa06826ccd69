import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRetryAfter, type RetryPlan, retryAfterOf, retryDelay, retryPlan } from "../src/retry.js";

const plans: fc.Arbitrary<RetryPlan> = fc.record({
  initialDelay: fc.nat(60_000),
  maxDelay: fc.nat(600_000),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  maxAttempts: fc.nat(),
  resetAfter: fc.nat(),
});
const attempts = fc.integer({ min: 1, max: 2_000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const longest = 2 ** 31 - 1;

describe("without word from the server", () => {
  test("the wait is never longer than the limit, and with full jitter anything from 0 to the backed off time", () => {
    fc.assert(
      fc.property(plans, attempts, chances, (plan, attempt, chance) => {
        const grown = (plan.initialDelay || attempt - 1) * plan.factor ** (attempt - 1);
        const ceiling = Math.min(plan.maxDelay, grown);
        const delay = retryDelay(attempt, {}, { ...plan, jitter: 1 }, chance);
        expect(delay).toBeCloseTo(ceiling * (1 - chance), 3);
        expect(retryDelay(attempt, {}, plan, chance)).toBeLessThanOrEqual(plan.maxDelay);
      }),
    );
  });

  test("without jitter it grows by the factor up to the limit", () => {
    const plan = { ...retryPlan(), jitter: 0 };
    const delays = [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => retryDelay(attempt, {}, plan, 0.7));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });
});

describe("a server's wish", () => {
  const wishes = fc.oneof(
    fc.record({ retry: fc.nat(10_000_000) }),
    fc.record({ retryAfter: fc.nat(10_000_000) }),
    fc.record({ retry: fc.nat(100_000), retryAfter: fc.nat(100_000) }),
  );

  test("is never undercut, and chance adds at most half of it", () => {
    fc.assert(
      fc.property(wishes, plans, attempts, chances, (wish, plan, attempt, chance) => {
        const { retry, retryAfter } = wish as { retry?: number; retryAfter?: number };
        const delay = retryDelay(attempt, wish, plan, chance);
        const least = Math.max(retryAfter ?? 0, retry ?? 0);
        const backedOff = Math.max(least, retry ?? 0, plan.maxDelay);
        expect(delay).toBeGreaterThanOrEqual(least);
        expect(delay).toBeLessThanOrEqual(backedOff + Math.min(backedOff, plan.maxDelay) / 2);
      }),
    );
  });

  test("`retry` is the base of the backoff, also above our own limit", () => {
    const plan = retryPlan({ maxDelay: 5_000 });
    const delays = (retry: number) => [1, 2, 3].map((attempt) => retryDelay(attempt, { retry }, plan, 0));
    expect(delays(1_500)).toEqual([1_500, 3_000, 5_000]);
    expect(delays(60_000)).toEqual([60_000, 60_000, 60_000]);
  });

  test("`retry: 0` is taken at its word once, and backed off from after that", () => {
    const delays = [1, 2, 3, 12, 40].map((attempt) => retryDelay(attempt, { retry: 0 }, retryPlan(), 0));
    expect(delays[0]).toBe(0);
    expect(delays.slice(1).every((delay, index) => delay > (delays[index] ?? 0))).toBe(true);
    expect(delays.at(-1)).toBe(30_000);
  });

  test("`Retry-After` makes the wait longer than the backoff, and never shorter", () => {
    fc.assert(
      fc.property(wishes, plans, attempts, chances, (wish, plan, attempt, chance) => {
        const { retryAfter: _, ...others } = wish as { retryAfter?: number };
        expect(retryDelay(attempt, wish, plan, chance)).toBeGreaterThanOrEqual(
          retryDelay(attempt, others, plan, chance),
        );
      }),
    );
    expect(retryDelay(9, { retry: 5, retryAfter: 120_000 }, retryPlan(), 0)).toBe(120_000);
    expect(retryDelay(3, { retryAfter: 0 }, retryPlan(), 0)).toBe(4_000);
  });

  test("an `initialDelay` of 0 is backed off from after the first attempt", () => {
    const plan = retryPlan({ initialDelay: 0 });
    expect([1, 2, 3, 40].map((attempt) => retryDelay(attempt, {}, plan, 0))).toEqual([0, 2, 8, 30_000]);
  });
});

test("no wait is longer than a timer keeps, and none is negative or no number", () => {
  const servers = fc.record({
    retry: fc.option(fc.nat(Number.MAX_SAFE_INTEGER), { nil: undefined }),
    retryAfter: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      servers,
      plans,
      fc.integer({ min: 1, max: 1_000_000 }),
      chances,
      (server, plan, attempt, chance) => {
        const delay = retryDelay(attempt, server, plan, chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(longest);
      },
    ),
  );
});

test("`retry: false` means no attempt", () => {
  expect(retryPlan(false).maxAttempts).toBe(0);
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Wed, 21 Oct 2015 07:28:10 GMT", 10_000],
  ["Wed, 21 Oct 2015 07:27:00 GMT", 0],
  ["soon", undefined],
  ["-5x", undefined],
  ["", undefined],
  [null, undefined],
])("Retry-After %j asks for %j ms", (header, delay) => {
  expect(parseRetryAfter(header, Date.parse("Wed, 21 Oct 2015 07:28:00 GMT"))).toBe(delay);
});

test("a Retry-After date is read by the server's own clock, where that is known", () => {
  const date = "Wed, 21 Oct 2015 07:28:00 GMT";
  expect(retryAfterOf({ date, "retry-after": "Wed, 21 Oct 2015 07:28:10 GMT" })).toBe(10_000);
  expect(retryAfterOf({ "retry-after": "Wed, 21 Oct 2015 07:28:10 GMT" })).toBe(0);
  expect([retryAfterOf({ date }), retryAfterOf(undefined)]).toEqual([undefined, undefined]);
});
