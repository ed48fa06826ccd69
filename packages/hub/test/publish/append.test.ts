import { SseError } from "@sse/core";
import { beforeEach, describe, expect, test } from "vitest";
import { appendWithRetries } from "../../src/publish/append.js";
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

function append(answer: Promise<string>, { timeout, signal }: { timeout?: number; signal?: AbortSignal }) {
  return appendWithRetries(() => answer, { timeout, signal, clock });
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
    await expect(append(Promise.resolve("id"), options)).resolves.toBe("id");
    await expect(append(Promise.reject(new Error("no")), options)).rejects.toThrow("no");
    expect(clock.timers).toBe(0);
    expect(listeners.size).toBe(0);
  });

  test("that takes too long leaves no listener, although the log never answers", async () => {
    const answer = append(never, { timeout: 1_000, signal: watchedSignal() });
    const rejected = expect(answer).rejects.toMatchObject({ code: "append-timeout" });
    expect(listeners.size).toBe(1);
    await clock.pass(1_000);
    await rejected;
    expect(listeners.size).toBe(0);
  });

  test("that is given up leaves no timer, although the log never answers", async () => {
    const answer = append(never, { timeout: 1_000, signal: watchedSignal() });
    const rejected = expect(answer).rejects.toThrow("enough");
    abort.abort(new Error("enough"));
    await rejected;
    expect(clock.timers).toBe(0);
    expect(listeners.size).toBe(0);
  });

  test("has no timer without a timeout, and no deadline", async () => {
    let answered = false;
    void append(never, { signal: watchedSignal() }).finally(() => {
      answered = true;
    });
    expect(clock.timers).toBe(0);
    await clock.pass(1_000_000);
    await settle();
    expect(answered).toBe(false);
  });
});

describe("an append that fails", () => {
  const unavailable = () => new SseError("log-unavailable", "begun again");

  /** A log that fails so many times, then stores. */
  function failing(times: number, error: () => unknown = unavailable) {
    let attempts = 0;
    const append = async () => {
      attempts += 1;
      if (attempts <= times) throw error();
      return "id";
    };
    return { append, attempts: () => attempts };
  }

  const bounds = (timeout = 10_000) => ({ timeout, signal: undefined, clock });

  test("for certain is tried again at once, and then later and later, and leaves no timer", async () => {
    const once = failing(1);
    await expect(appendWithRetries(once.append, bounds())).resolves.toBe("id");
    expect(once.attempts()).toBe(2);
    const often = failing(6);
    const answer = appendWithRetries(often.append, bounds());
    await clock.pass(1_550);
    await expect(answer).resolves.toBe("id");
    expect(clock.timers).toBe(0);
  });

  test("for certain rejects as the log does after six retries, well before the deadline", async () => {
    const log = failing(Number.POSITIVE_INFINITY);
    const rejected = expect(appendWithRetries(log.append, bounds())).rejects.toMatchObject({
      code: "log-unavailable",
    });
    await clock.pass(1_550);
    await rejected;
    expect(log.attempts()).toBe(7);
    expect(clock.timers).toBe(0);
  });

  test("between two attempts at its deadline says that nothing was stored", async () => {
    const log = failing(Number.POSITIVE_INFINITY);
    const rejected = expect(appendWithRetries(log.append, bounds(60))).rejects.toMatchObject({
      code: "log-unavailable",
    });
    await clock.pass(60);
    await rejected;
    const { attempts } = log;
    const made = attempts();
    await clock.pass(10_000);
    expect(attempts()).toBe(made);
  });

  test("is not tried again where it may have been stored, or the log says anything else", async () => {
    for (const error of [
      new SseError("append-timeout", "it may be stored"),
      new SseError("idempotency-conflict", "another entry"),
      new Error("a bug"),
    ]) {
      const log = failing(1, () => error);
      await expect(appendWithRetries(log.append, bounds())).rejects.toBe(error);
      expect(log.attempts()).toBe(1);
    }
  });

  test("is not tried again once its publisher has given up", async () => {
    const log = failing(Number.POSITIVE_INFINITY);
    const { signal } = abort;
    const rejected = expect(
      appendWithRetries(log.append, { timeout: 10_000, signal, clock }),
    ).rejects.toThrow("enough");
    await settle();
    const made = log.attempts();
    abort.abort(new Error("enough"));
    await rejected;
    await clock.pass(10_000);
    expect(log.attempts()).toBe(made);
    expect(clock.timers).toBe(0);
  });
});
