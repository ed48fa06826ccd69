import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../src/clock.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the system clock", () => {
  test("ends the tick after all that promises still do in it", async () => {
    const order: string[] = [];
    const ended = new Promise<void>((resolve) => {
      systemClock.defer(() => {
        order.push("end of tick");
        resolve();
      });
    });
    for (let i = 0; i < 50; i += 1) await null;
    order.push("after fifty promises");
    await ended;
    expect(order).toEqual(["after fifty promises", "end of tick"]);
  });

  test("ends the tick under fake timers, which a test may never advance", async () => {
    vi.useFakeTimers();
    await new Promise<void>((resolve) => systemClock.defer(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is the runtime's own time and timers", () => {
    vi.useFakeTimers({ now: 12_345 });
    const [kept, cleared] = [vi.fn(), vi.fn()];
    systemClock.setTimeout(kept, 10);
    systemClock.clearTimeout(systemClock.setTimeout(cleared, 10));
    vi.advanceTimersByTime(10);
    expect(systemClock.now()).toBe(12_355);
    expect(kept).toHaveBeenCalledOnce();
    expect(cleared).not.toHaveBeenCalled();
  });

  test("draws numbers from 0 up to 1", () => {
    for (let i = 0; i < 100; i += 1) {
      const number = systemClock.random();
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }
  });
});
