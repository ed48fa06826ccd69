import { describe, expect, test } from "vitest";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { HubOptions } from "../../src/options.js";
import { ManualClock, settle } from "../support/clock.js";
import { testCluster } from "../support/cluster.js";
import { FlakyRunLog } from "../support/flaky-run-log.js";
import { testHub } from "../support/hub.js";
import { type RunClient, readRun } from "../support/runs.js";

/** A hub on a log whose faults a test decides, and a reader of its run. */
async function open(options: HubOptions = {}) {
  const clock = new ManualClock();
  const memory = createMemoryLog({ now: () => clock.now(), timers: clock });
  const { log, runs } = FlakyRunLog.over(memory);
  const { hub } = testHub({ clock, log, heartbeat: { interval: 0 }, publishTimeout: 1_000, ...options });
  const errors: unknown[] = [];
  hub.on("error", ({ error }) => errors.push((error as { code?: string }).code));
  const pass = async (milliseconds: number) => {
    await clock.pass(milliseconds);
    clock.endTick();
    await settle();
  };
  return { hub, clock, runs, errors, pass, read: () => readRun(hub, clock, { run: "r" }) };
}

/** Two instances on one log; the link of the first one can be cut. */
async function openTwo() {
  const clock = new ManualClock();
  const memory = createMemoryLog({ now: () => clock.now(), timers: clock });
  const { log, runs } = FlakyRunLog.over(memory);
  const cluster = testCluster({ clock });
  const [a, b] = [cluster.start({ log, clock }), cluster.start({ log: memory, clock })];
  const pass = async (milliseconds: number) => {
    await cluster.clock.pass(milliseconds);
    await clock.pass(milliseconds);
    clock.endTick();
    await settle();
  };
  await pass(5_000);
  return { a, b, runs, clock, pass };
}

describe("an append to a run", () => {
  test.each([
    ["is refused", "refused"],
    ["is stored, and its outcome is unknown", "stored, but reported as unknown"],
    ["is stored, and is never answered", "stored, and never reported"],
    ["is not stored, and is never answered", "neither stored nor reported"],
  ] as const)("that %s leaves the run whole", async (_what, fate) => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    const client = await read();
    for (const data of ["1", "2", "3"]) {
      runs.fates.push(fate);
      const id = run.append({ data });
      await pass(10_000);
      await expect(id).resolves.toMatch(/./);
    }
    runs.fates.push(fate);
    const end = run.complete();
    await pass(10_000);
    expect(await end).toBe("complete");
    expect(client.text).toBe("123");
    expect(client.end).toEqual({ state: "complete" });
    expect((await read()).text).toBe("123");
  });

  test("that has half a surrogate pair, which UTF-8 cannot represent, is recognized as its own", async () => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    runs.fates.push("stored, but reported as unknown");
    const id = run.append({ data: "a\ud83d" });
    await pass(10_000);
    await expect(id).resolves.toMatch(/./);
    expect(run.state).toBe("running");
    expect((await read()).text).toBe("a\ufffd");
  });

  test("of which only a part is stored is continued after that part", async () => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    runs.fates.push("stored", { storedInPart: 2 });
    const ids = Promise.all(["1", "2", "3", "4"].map((data) => run.append({ data })));
    await pass(10_000);
    expect(new Set(await ids).size).toBe(4);
    expect((await read()).text).toBe("1234");
  });

  test("that the log can never store is rejected alone, and not tried again", async () => {
    const { hub, runs, errors, pass, read } = await open();
    const run = await hub.run("r");
    runs.maxLength = 1_000;
    const appended = ["1", "2", "x".repeat(2_000), "3", "4"].map((data) => run.append({ data }));
    const outcomes = Promise.allSettled(appended);
    await pass(10_000);
    expect((await outcomes).map(({ status }) => status === "fulfilled")).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(errors).toEqual(["too-large"]);
    const { appends } = runs;
    await pass(60_000);
    expect(runs.appends).toBe(appends);
    const end = run.complete();
    await pass(1_000);
    expect(await end).toBe("complete");
    expect((await read()).text).toBe("1234");
  });

  test("that the log can never store is no end: the run fails instead", async () => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    const client = await read();
    runs.maxLength = 1_000;
    const end = run.complete("x".repeat(2_000));
    await pass(10_000);
    expect(await end).toBe("failed");
    expect(client.end).toEqual({ state: "failed", reason: "too-large" });
  });

  test("that is stored after it was given up is not stored twice", async () => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    runs.fates.push("stored when released", "stored when released");
    const id = run.append({ data: "1" });
    await pass(1_500);
    runs.release();
    await pass(10_000);
    await expect(id).resolves.toMatch(/./);
    expect((await read()).text).toBe("1");
  });

  test("of unknown outcome waits until the log can be read, and nothing is written meanwhile", async () => {
    const { hub, runs, pass, read } = await open();
    const run = await hub.run("r");
    runs.fates.push("stored, but reported as unknown");
    runs.readFailures = 5;
    const ids = Promise.all(["1", "2"].map((data) => run.append({ data })));
    await pass(60_000);
    expect(runs.readFailures).toBe(0);
    expect(await ids).toHaveLength(2);
    expect((await read()).text).toBe("12");
  });
});

describe("a run whose producer is faster than its log", () => {
  test("fails with a code, once the log is back, and keeps what was accepted", async () => {
    const { hub, runs, errors, pass, read } = await open({ publishTimeout: 0 });
    const run = await hub.run("r");
    runs.fates.push("stored when released");
    const accepted = Promise.all(Array.from({ length: 10_000 }, () => run.append({ data: "x" })));
    await expect(run.append({ data: "too many" })).rejects.toMatchObject({ code: "overloaded" });
    expect(run.signal.aborted).toBe(true);
    await expect(run.append({ data: "later" })).rejects.toMatchObject({ code: "run-ended" });
    expect(errors).toEqual(["overloaded"]);
    runs.release();
    expect(await accepted).toHaveLength(10_000);
    expect(await run.ended).toBe("failed");
    const client = await read();
    await pass(100);
    expect(client.text).toBe("x".repeat(10_000));
    expect(client.end).toEqual({ state: "failed", reason: "overloaded" });
  });
});

describe("the start of a run", () => {
  test("that is not confirmed rejects; if it is stored, it is that of a lost run", async () => {
    const { hub, runs, pass } = await open();
    runs.fates.push("stored when released");
    const starting = hub.run("r").catch((error: { code: string }) => error.code);
    await pass(2_000);
    expect(await starting).toBe("append-timeout");
    expect(await hub.findRun("r")).toBeUndefined();
    runs.release();
    await pass(100);
    expect((await hub.findRun("r"))?.state).toBe("lost");
    const resumed = await hub.resumeRun("r");
    expect(await resumed.complete()).toBe("complete");
  });
});

describe("after a break of the link to the log", () => {
  test("a run that goes on is complete for its readers", async () => {
    const { a, runs, clock, pass } = await openTwo();
    const run = await a.hub.run("r");
    const client = await readRun(a.hub, clock, { run: "r" });
    await run.append({ data: "1" });
    runs.cut();
    await run.append({ data: "2" });
    await runs.mend();
    await run.append({ data: "3" });
    await pass(100);
    expect(run.signal.aborted).toBe(false);
    expect(client.text).toBe("123");
    expect(await run.complete()).toBe("complete");
    await pass(100);
    expect(client.end).toEqual({ state: "complete" });
  });

  test("a start that is stored and never confirmed is that of a lost run for readers elsewhere, too", async () => {
    const { a, b, runs, clock, pass } = await openTwo();
    runs.fates.push("stored, and never reported");
    const starting = a.hub.run("r").catch((error: { code: string }) => error.code);
    const client = await readRun(b.hub, clock, { run: "r" });
    await pass(1_000);
    expect(client.end).toBeUndefined();
    runs.readFailures = 20;
    await pass(30_000);
    expect(await starting).toBe("append-timeout");
    expect(client.end).toEqual({ state: "lost" });
  });

  test("a start that was not confirmed is that of a lost run, although another such run cannot be read", async () => {
    const { a, b, runs, clock, pass } = await openTwo();
    runs.fates.push("stored, and never reported", "stored, and never reported");
    const starting = ["bad", "r"].map((id) => a.hub.run(id).catch((error: { code: string }) => error.code));
    runs.unreadable.add("run:bad");
    const client = await readRun(b.hub, clock, { run: "r" });
    await pass(30_000);
    expect(await Promise.all(starting)).toEqual(["append-timeout", "append-timeout"]);
    expect(client.end).toEqual({ state: "lost" });
    runs.unreadable.clear();
    await pass(2_000);
    expect((await b.hub.findRun("bad"))?.state).toBe("lost");
  });

  test("a start that is stored after it was given up is that of a lost run for readers elsewhere, too", async () => {
    const { a, b, runs, clock, pass } = await openTwo();
    runs.fates.push("stored when released");
    const starting = a.hub.run("r").catch((error: { code: string }) => error.code);
    await pass(10_000);
    expect(await starting).toBe("append-timeout");
    runs.release();
    const client = await readRun(b.hub, clock, { run: "r" });
    await pass(1_000);
    expect(client.end).toEqual({ state: "lost" });
  });

  test("a reader receives no id from before the start of a run that is not followed yet", async () => {
    const { a, runs, clock, pass } = await openTwo();
    await a.hub.run("other");
    runs.cut();
    const run = await a.hub.run("r");
    await run.append({ data: "1" });
    let client: RunClient | undefined;
    const reading = readRun(a.hub, clock, { run: "r" }).then((connected) => {
      client = connected;
    });
    await pass(1_000);
    expect(client?.lastId).toBeUndefined();
    const stored = await runs.head();
    await runs.mend();
    await reading;
    expect(runs.compare(client!.lastId, stored)).toBeGreaterThanOrEqual(0);
    expect(client!.text).toBe("1");
  });

  test("a producer whose run was ended meanwhile is stopped", async () => {
    const { a, b, runs, pass } = await openTwo();
    const run = await a.hub.run("r");
    runs.cut();
    a.bus.cut();
    await pass(20_000);
    const found = (await b.hub.findRun("r"))!;
    expect(found.state).toBe("lost");
    expect(run.signal.aborted).toBe(false);
    await runs.mend();
    await pass(100);
    expect(run.signal.aborted).toBe(true);
    expect(await run.ended).toBe("lost");
    await expect(run.append({ data: "x" })).rejects.toMatchObject({ code: "run-ended" });
  });

  test("a producer whose run was ended meanwhile is stopped, although another run cannot be read", async () => {
    const { a, b, runs, pass } = await openTwo();
    const [bad, run] = [await a.hub.run("bad"), await a.hub.run("r")];
    runs.cut();
    a.bus.cut();
    await pass(20_000);
    expect((await b.hub.findRun("r"))?.state).toBe("lost");
    runs.unreadable.add("run:bad");
    await runs.mend();
    await pass(100);
    expect(run.signal.aborted).toBe(true);
    expect(bad.signal.aborted).toBe(false);
  });

  test("a producer whose run was taken over and completed meanwhile is stopped, and its readers receive the rest", async () => {
    const { a, b, runs, clock, pass } = await openTwo();
    const run = await a.hub.run("r");
    await run.append({ data: "1" });
    const client = await readRun(a.hub, clock, { run: "r" });
    runs.cut();
    a.bus.cut();
    await pass(20_000);
    await b.hub.findRun("r");
    const resumed = await b.hub.resumeRun("r");
    await resumed.append({ data: "2" });
    a.bus.mend();
    await pass(5_000);
    await runs.mend();
    await pass(100);
    expect(run.signal.aborted).toBe(true);
    expect(await run.ended).toBe("lost");
    expect(client.text).toBe("12");
    expect(await resumed.complete()).toBe("complete");
    await pass(100);
    expect(client.text).toBe("12");
    expect(client.end).toEqual({ state: "complete" });
  });

  test("a reader of a run that was released meanwhile is told that it is lost", async () => {
    const { a, b, runs, clock, pass } = await openTwo();
    const run = await b.hub.run("r", { ttl: 1_000 });
    await run.append({ data: "1" });
    const client = await readRun(a.hub, clock, { run: "r" });
    runs.cut();
    await run.complete();
    await pass(10_000);
    expect(client.end).toBeUndefined();
    await runs.mend();
    await pass(100);
    expect(client.end).toEqual({ state: "lost" });
    expect(client.sink.over).toBe(true);
  });
});

test("a run whose time passes while its producer is silent is lost to its readers with the next append", async () => {
  const { hub, read, pass } = await open();
  const run = await hub.run("r");
  const client = await read();
  await pass(25 * 60 * 60 * 1_000);
  await expect(run.append({ data: "1" })).rejects.toMatchObject({ code: "run-ended" });
  await pass(100);
  expect(client.end).toEqual({ state: "lost" });
  expect(client.sink.over).toBe(true);
});

test("canceling a run of a dead producer rejects where the log does not answer", async () => {
  const { a, b, runs, pass } = await openTwo();
  await b.hub.run("r");
  b.bus.cut();
  runs.fates.push(...Array<"neither stored nor reported">(5).fill("neither stored nor reported"));
  const found = (await a.hub.findRun("r"))!;
  let code: string | undefined;
  found.cancel().catch((error: { code: string }) => {
    code = error.code;
  });
  await pass(100_000);
  expect(code).toBe("append-timeout");
});

test("where runs have used the memory of a log, another starts only after one is released; those that have started go on", async () => {
  const clock = new ManualClock();
  const log = createMemoryLog({ now: () => clock.now(), timers: clock, maxRunBytes: 10 });
  const { hub } = testHub({ clock, log, heartbeat: { interval: 0 } });
  const run = await hub.run("first", { ttl: 1_000 });
  await run.append({ data: "0123456789" });
  await expect(hub.run("second")).rejects.toMatchObject({
    code: "overloaded",
    message: expect.stringContaining("maxRunBytes"),
  });
  expect(await hub.findRun("second")).toBeUndefined();
  await run.append({ data: "more" });
  expect(await run.complete()).toBe("complete");
  await clock.pass(1_001);
  expect((await hub.run("second")).id).toBe("second");
});
