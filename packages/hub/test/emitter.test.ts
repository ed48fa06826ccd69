import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Emitter } from "../src/emitter.js";
import { settle } from "./support/clock.js";

const failure = new Error("a listener failed");
const join = { user: "ann", topic: undefined, local: true };

let emitter: Emitter;
const consoleError = vi.spyOn(console, "error");

beforeEach(() => {
  emitter = new Emitter();
  consoleError.mockReset();
  consoleError.mockImplementation(() => {});
});

afterEach(() => vi.clearAllMocks());

describe("a listener", () => {
  test("is called with every payload of its name, until it is removed", () => {
    const listener = vi.fn();
    const remove = emitter.on("join", listener);
    emitter.emit("join", join);
    emitter.emit("leave", join);
    remove();
    emitter.emit("join", join);
    expect(listener.mock.calls).toEqual([[join]]);
  });

  test("that is added twice is called twice and removed one by one", () => {
    const listener = vi.fn();
    const remove = emitter.on("join", listener);
    emitter.on("join", listener);
    remove();
    remove();
    emitter.emit("join", join);
    expect(listener).toHaveBeenCalledOnce();
  });

  test("that throws stops neither the others nor the emitter, and is reported", () => {
    const [errors, next] = [vi.fn(), vi.fn()];
    emitter.on("error", errors);
    emitter.on("join", () => {
      throw failure;
    });
    emitter.on("join", next);
    emitter.emit("join", join);
    expect(next).toHaveBeenCalledOnce();
    expect(errors.mock.calls).toEqual([[{ error: failure }]]);
  });

  test("whose promise rejects is reported too, and takes no process down", async () => {
    const errors = vi.fn();
    emitter.on("error", errors);
    emitter.on("join", async () => {
      throw failure;
    });
    emitter.emit("join", join);
    await settle();
    expect(errors.mock.calls).toEqual([[{ error: failure }]]);
  });

  test("of errors that fails is not told so again, but the console is", async () => {
    const listener = vi.fn(() => {
      throw failure;
    });
    emitter.on("error", listener);
    emitter.on("error", async () => {
      throw failure;
    });
    emitter.report(new Error("the first"));
    await settle();
    expect(listener).toHaveBeenCalledOnce();
    expect(consoleError.mock.calls).toEqual([[failure], [failure]]);
  });
});

describe("a failure without a listener", () => {
  test("goes to the console", () => {
    emitter.report(failure);
    expect(consoleError.mock.calls).toEqual([[failure]]);
  });

  test("goes to the console again after the listener was removed", () => {
    emitter.on("error", () => {})();
    emitter.report(failure);
    expect(consoleError).toHaveBeenCalledOnce();
  });
});
