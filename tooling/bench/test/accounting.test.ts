import { afterAll, describe, expect, it } from "vitest";
import { contenderNames, missing } from "../src/contenders/index.js";
import { arrivedExactly } from "../src/deployment.js";
import { Processes } from "../src/processes.js";
import { run } from "../src/run.js";
import { scenarios } from "../src/scenarios/index.js";
import { withSession } from "../src/session.js";

const processes = new Processes({ execArgv: ["--conditions=@sse/source"], pinned: false });
/**
 * The other contenders are looked at one by one below: a process for each in each scenario would
 * take minutes.
 */
const options = { size: "smoke", processes, contenders: ["sse"] } as const;

afterAll(() => processes.endAll());

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", (_, scenario) => {
  it("accounts for every event that it publishes and gives each figure that it names", async () => {
    const { rows, notes, failed } = await run(scenario, options);
    expect(failed, notes.join("\n")).toBe(false);
    expect(rows).not.toHaveLength(0);
    for (const { figures } of rows) expect(Object.keys(figures)).toEqual(Object.keys(scenario.metrics));
  });
});

describe.each(contenderNames)("%s", (name) => {
  const needs = missing(name);
  if (needs !== undefined) console.warn(`SKIPPED: ${needs}`);
  it.skipIf(needs !== undefined)(
    "delivers each event of a tick to each client of its topic, once and in order",
    async () => {
      const bench = { ...options, contenders: () => [name], report: () => {}, note: () => {} };
      const numbers = await withSession(
        bench,
        name,
        { clients: 4, topics: 2, keep: true },
        async (session) => {
          await session.deliver({ ticks: 4, eventsPerTick: 3, bytes: 5_000, pace: { window: 1 } });
          return session.load.call("numbers", null);
        },
      );
      const even = [1, 2, 3, 7, 8, 9];
      const odd = [4, 5, 6, 10, 11, 12];
      expect(numbers).toEqual([even, odd, even, odd]);
    },
  );
});

describe("exact accounting", () => {
  it("refuses clients that had more than was due", async () => {
    const bench = { ...options, contenders: () => [], report: () => {}, note: () => {} };
    const accounting = withSession(bench, "sse", { clients: 2 }, async (session) => {
      await session.deliver({ ticks: 3, eventsPerTick: 1, bytes: 100, pace: { window: 1 } });
      await arrivedExactly(session.load, { clients: 2, events: 2 });
    });
    await expect(accounting).rejects.toThrow("6 deliveries arrived where 4 were due");
  });
});
