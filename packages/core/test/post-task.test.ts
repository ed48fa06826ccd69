import { afterEach, expect, test, vi } from "vitest";
import { postTask } from "../src/post-task.js";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ended = (): Promise<void> => new Promise((resolve) => postTask(resolve));

test("a task runs after all promises", async () => {
  const order: string[] = [];
  const task = ended().then(() => order.push("task"));
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
  order.push("promises");
  await task;
  expect(order).toEqual(["promises", "task"]);
});

test("a task runs under fake timers, which a test may never advance", async () => {
  vi.useFakeTimers();
  await ended();
  expect(vi.getTimerCount()).toBe(0);
});

test("a task is a message where there is no setImmediate, and a timer where there are no messages", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("setImmediate", undefined);
  await ended();
  expect(vi.getTimerCount()).toBe(0);
  vi.stubGlobal("MessageChannel", undefined);
  const task = vi.fn();
  postTask(task);
  expect(task).not.toHaveBeenCalled();
  vi.advanceTimersByTime(0);
  expect(task).toHaveBeenCalledOnce();
});
