import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemTimers as timers, withTimeout } from "../src/internal.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const late = new Error("late");
const onTimeout = (): Error => late;
const never = new Promise<never>(() => {});

test("settles as the wait does, and leaves no timer", async () => {
  const bounds = { milliseconds: 100, timers, onTimeout };
  await expect(withTimeout(Promise.resolve(7), bounds)).resolves.toBe(7);
  await expect(withTimeout(Promise.reject(new Error("own")), bounds)).rejects.toThrow("own");
});

test("rejects with the error of onTimeout when the time is up", async () => {
  const waiting = withTimeout(never, { milliseconds: 100, timers, onTimeout });
  const rejected = expect(waiting).rejects.toBe(late);
  await vi.advanceTimersByTimeAsync(100);
  await rejected;
});

test.each([undefined, Number.POSITIVE_INFINITY, 2 ** 31])(
  "%s milliseconds are no limit",
  async (milliseconds) => {
    const wait = Promise.resolve(1);
    expect(withTimeout(wait, { milliseconds, timers, onTimeout })).toBe(wait);
  },
);

test("rejects with the reason of a signal, also of one that has aborted before", async () => {
  const abort = new AbortController();
  const bounds = { milliseconds: 100, timers, onTimeout, signal: abort.signal };
  const waiting = expect(withTimeout(never, bounds)).rejects.toBe("enough");
  abort.abort("enough");
  await waiting;
  await expect(withTimeout(never, { ...bounds, milliseconds: undefined })).rejects.toBe("enough");
});
