import { beforeEach, describe, expect, test } from "vitest";
import { orGiveUp } from "../../src/publish/append-timeout.js";
import { ManualClock, settle } from "../support/clock.js";

let clock: ManualClock;
let listeners: Set<unknown>;
let abort: AbortController;

/** A signal that says who listens to it. */
function watchedSignal(): AbortSignal {
  const { signal } = abort;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return signal;
}

beforeEach(() => {
  clock = new ManualClock();
  listeners = new Set();
  abort = new AbortController();
});

describe("an append that is waited for", () => {
  const never = new Promise<string>(() => {});

  test("answers as the log does, and leaves neither timer nor listener", async () => {
    const options = { timeout: 1_000, signal: watchedSignal() };
    await expect(orGiveUp(Promise.resolve("id"), options, clock)).resolves.toBe("id");
    await expect(orGiveUp(Promise.reject(new Error("no")), options, clock)).rejects.toThrow("no");
    expect(clock.timers).toBe(0);
    expect(listeners.size).toBe(0);
  });

  test("that takes too long leaves no listener, although the log never answers", async () => {
    const answer = orGiveUp(never, { timeout: 1_000, signal: watchedSignal() }, clock);
    const rejected = expect(answer).rejects.toMatchObject({ code: "append-timeout" });
    expect(listeners.size).toBe(1);
    await clock.pass(1_000);
    await rejected;
    expect(listeners.size).toBe(0);
  });

  test("that is given up leaves no timer, although the log never answers", async () => {
    const answer = orGiveUp(never, { timeout: 1_000, signal: watchedSignal() }, clock);
    const rejected = expect(answer).rejects.toThrow("enough");
    abort.abort(new Error("enough"));
    await rejected;
    expect(clock.timers).toBe(0);
    expect(listeners.size).toBe(0);
  });

  test("has no timer without a timeout, and no deadline", async () => {
    let answered = false;
    void orGiveUp(never, { signal: watchedSignal() }, clock).finally(() => {
      answered = true;
    });
    expect(clock.timers).toBe(0);
    await clock.pass(1_000_000);
    await settle();
    expect(answered).toBe(false);
  });
});
