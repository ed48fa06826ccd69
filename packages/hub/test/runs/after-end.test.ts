import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, test } from "vitest";
import { Runs, type RunsContext } from "../../src/runs/runs.js";
import { UnconfirmedStarts } from "../../src/runs/unconfirmed-starts.js";
import { ManualClock, settle } from "../support/clock.js";
import { testHub } from "../support/hub.js";
import { readRun } from "../support/runs.js";

/** A schema that decides when the test says so. */
function slowSchema() {
  const decisions: (() => void)[] = [];
  const schema: StandardSchemaV1 = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => new Promise((resolve) => decisions.push(() => resolve({ value }))),
    },
  };
  return { schema, decisions };
}

describe("a run that is ended while an event waits for its schema", () => {
  test.each(["complete", "fail", "cancel"] as const)("by %s ends after that event", async (end) => {
    const { schema, decisions } = slowSchema();
    const { hub, clock, tick } = testHub({ heartbeat: { interval: 0 }, events: { delta: schema } } as never);
    const run = await hub.run("r");
    const appended = run.append({ event: "delta", data: "a" } as never);
    const ended = run[end](undefined as never);
    await settle();
    for (const decide of decisions) decide();
    await appended;
    await ended;
    const client = await readRun(hub, clock, { run: "r" });
    await tick();
    expect(client.text).toBe('"a"');
  });
});

describe("starts that are not confirmed", () => {
  test("a run that is added again while it is looked up is looked up again", async () => {
    const lookups: (() => void)[] = [];
    const clock = new ManualClock();
    const starts = new UnconfirmedStarts(clock, () => new Promise<void>((resolve) => lookups.push(resolve)));
    starts.add("r");
    await clock.pass(1);
    expect(lookups).toHaveLength(1);
    starts.add("r");
    lookups[0]!();
    await settle();
    await clock.pass(2_000);
    expect(lookups).toHaveLength(2);
    lookups[1]!();
    await settle();
    starts.close();
  });
});

describe("the runs of a hub that has closed", () => {
  test("are watched no more, also where one was looked up meanwhile", async () => {
    const timers = new Set<object>();
    const clock = {
      monotonic: () => 0,
      setTimeout() {
        const timer = {};
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer: object) => timers.delete(timer),
    };
    const peers = { mayBeAlive: () => true };
    const runs = new Runs({ clock, peers, instance: "here", feed: { flush() {} } } as unknown as RunsContext);
    const facts = { instance: "elsewhere", newest: "", end: undefined, terms: {} } as never;
    runs.readerAdded("r", facts);
    expect(timers.size).toBe(1);
    await runs.close();
    runs.readerAdded("r", facts);
    expect(timers.size).toBe(0);
  });
});
