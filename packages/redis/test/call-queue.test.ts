import { expect, test } from "vitest";
import { CallQueue } from "../src/runs/call-queue.js";

const turns = () => new Promise((resolve) => setImmediate(resolve));

/** A queue, and its calls, which a test settles. */
function queueOn() {
  const connection = { isOpen: true };
  const queue = new CallQueue(() => connection.isOpen);
  const calls: { number: number; resolve(): void; reject(error: Error): void }[] = [];
  const run = (number: number) =>
    queue.run(
      () =>
        new Promise<number>((resolve, reject) =>
          calls.push({ number, resolve: () => resolve(number), reject }),
        ),
    );
  return { connection, calls, run };
}

test("four calls are in flight, and the others follow in their order", async () => {
  const { calls, run } = queueOn();
  const results = Promise.all(Array.from({ length: 20 }, (_, number) => run(number)));
  await turns();
  expect(calls.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
  for (let settled = 0; settled < 20; settled += 1) {
    calls[settled]!.resolve();
    await turns();
    expect(calls).toHaveLength(Math.min(20, settled + 5));
  }
  expect(await results).toEqual(Array.from({ length: 20 }, (_, number) => number));
});

test("a call that fails on an open connection fails alone", async () => {
  const { calls, run } = queueOn();
  const results = Promise.allSettled(Array.from({ length: 6 }, (_, number) => run(number)));
  await turns();
  calls[0]!.reject(new Error("refused"));
  await turns();
  for (const { resolve } of calls.slice(1)) resolve();
  await turns();
  for (const { resolve } of calls) resolve();
  expect((await results).map(({ status }) => status)).toEqual(["rejected", ...Array(5).fill("fulfilled")]);
});

test("a server that does not answer is not waited for by one call after the other", async () => {
  const { connection, calls, run } = queueOn();
  const lost = Promise.allSettled(Array.from({ length: 1_000 }, (_, number) => run(number)));
  await turns();
  connection.isOpen = false;
  for (const { reject } of calls) reject(new Error("lost"));
  expect((await lost).filter(({ status }) => status === "rejected")).toHaveLength(1_000);
  expect(calls).toHaveLength(4);
  connection.isOpen = true;
  const later = run(7);
  await turns();
  calls.at(-1)!.resolve();
  expect(await later).toBe(7);
});
