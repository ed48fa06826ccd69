import { expect, test } from "vitest";
import { longSize, planRun, shortSize } from "../src/plan.js";

test("the same seed makes the same plan, and another seed another one", () => {
  expect(planRun(7, ["one", "two"], shortSize)).toEqual(planRun(7, ["one", "two"], shortSize));
  expect(planRun(8, ["one"], shortSize).faults).not.toEqual(planRun(7, ["one"], shortSize).faults);
});

test("consecutive seeds take the modes in turn", () => {
  expect([4, 5, 6].map((seed) => planRun(seed, ["one", "two"], shortSize).mode)).toEqual([
    "one",
    "two",
    "one",
  ]);
});

test("every plan crashes the engine after it was made to lose something, and its faults are in the order of their times", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const { faults } = planRun(seed, ["one"], seed % 2 === 0 ? shortSize : longSize);
    const kinds = faults.map(({ kind }) => kind);
    expect(kinds.indexOf("prepare-loss")).toBeGreaterThanOrEqual(0);
    expect(kinds.indexOf("crash-engine")).toBeGreaterThan(kinds.indexOf("prepare-loss"));
    expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((a, b) => a - b));
  }
});

test("in `ten` one of ten instances publishes, and in `backlog` many clients return to their first id together", () => {
  const { instances, publishing } = planRun(1, ["ten"], shortSize);
  expect([instances, publishing]).toEqual([10, [0]]);
  const { clients, faults } = planRun(1, ["backlog"], shortSize);
  expect(clients.length).toBeGreaterThanOrEqual(50);
  expect(clients.every(({ returnsToStart, restless }) => returnsToStart && !restless)).toBe(true);
  expect(faults.filter(({ kind }) => kind === "burst").length).toBeGreaterThanOrEqual(3);
});

test.each([
  ["flush", "lose-data"],
  ["evict", "lose-data"],
  ["trim", "remove-entries"],
  ["address", "replace-engine"],
  ["purge", "remove-entries"],
  ["delete", "lose-data"],
])("%s leaves the silent instance, its link and its clients alone", (mode, loss) => {
  for (let seed = 1; seed <= 200; seed++) {
    const { silent, faults, clients } = planRun(seed, [mode], shortSize);
    expect(silent).toBe(0);
    expect(faults.map(({ kind }) => kind)).toContain(loss);
    expect(faults.filter((fault) => "instance" in fault && fault.instance === silent)).toEqual([]);
    expect(clients.some((client) => client.silent)).toBe(true);
    expect(clients.some((client) => client.silent && client.restless)).toBe(false);
  }
});
