import { describe, expect, test } from "vitest";
import { createMemoryLog } from "../../src/log/memory-log.js";
import { ManualClock, settle } from "../support/clock.js";
import { testCluster } from "../support/cluster.js";
import { FlakyRunLog } from "../support/flaky-run-log.js";
import { readRun, refusalOf } from "../support/runs.js";

/** Two instances that know each other. */
async function openTwo() {
  const cluster = testCluster();
  const [a, b] = [cluster.start(), cluster.start()];
  await cluster.pass(5_000);
  /** Kills an instance: its link is cut, and it is not heard of any more. */
  const kill = async (instance: typeof a) => {
    instance.bus.cut();
    await cluster.pass(20_000);
  };
  return { ...cluster, a, b, kill };
}

/** Two instances that know each other, of which the second has a log of runs that can fail. */
async function openWithFlakyRuns() {
  const clock = new ManualClock();
  const memory = createMemoryLog({ now: () => clock.now(), timers: clock });
  const { log, runs } = FlakyRunLog.over(memory);
  const cluster = testCluster({ clock });
  const start = (own = memory) => cluster.start({ log: own });
  const [a, b] = [start(), start(log)];
  await clock.pass(5_000);
  return { a, b, start, clock, runs };
}

describe("a run of another instance", () => {
  test("is found, read, counted and canceled here", async () => {
    const { a, b, clock, pass } = await openTwo();
    const run = await a.hub.run("r", { user: "ann" });
    await run.append({ data: "1" });
    const client = await readRun(b.hub, clock, { run: "r", user: "ann" });
    await run.append({ data: "2" });
    await pass(5_000);
    expect(client.text).toBe("12");
    expect(run.readers).toBe(1);
    const found = (await b.hub.findRun("r"))!;
    expect(found).toMatchObject({ state: "running", user: "ann", readers: 1 });
    expect(await found.cancel("stop")).toBe("cancelled");
    expect(run.signal.aborted).toBe(true);
    expect(await run.ended).toBe("cancelled");
    await pass(100);
    expect(client.end).toEqual({ state: "cancelled", reason: "stop" });
    expect(b.hub.topics()).toEqual([]);
  });

  test("is read as a whole once at most to find its producer, and again after a break", async () => {
    const { a, b, runs } = await openWithFlakyRuns();
    const entriesRead = async (id: string) => {
      const before = runs.entriesRead;
      expect((await b.hub.findRun(id))?.state).toBe("running");
      return runs.entriesRead - before;
    };
    const early = await a.hub.run("early");
    for (let i = 0; i < 1_000; i += 1) await early.append({ data: "x" });
    expect(await entriesRead("early")).toBeGreaterThan(1_000);
    const later = await a.hub.run("later");
    for (let i = 0; i < 1_000; i += 1) await later.append({ data: "x" });
    expect(await entriesRead("early")).toBe(1);
    expect(await entriesRead("later")).toBe(1);
    await runs.mend();
    await settle();
    expect(await entriesRead("later")).toBeGreaterThan(1_000);
    expect(await entriesRead("later")).toBe(1);
    await early.complete();
    expect((await b.hub.findRun("early"))?.state).toBe("complete");
  });

  test("is read as a whole once for all who ask at the same time, such as its viewers after a break", async () => {
    const { a, b, runs } = await openWithFlakyRuns();
    const run = await a.hub.run("r", { user: "ann" });
    for (let i = 0; i < 1_000; i += 1) await run.append({ data: "x" });
    await runs.mend();
    await settle();
    const before = runs.entriesRead;
    const found = await Promise.all(Array.from({ length: 50 }, () => b.hub.findRun("r")));
    expect(found.map((each) => each?.state)).toEqual(Array(50).fill("running"));
    expect(runs.entriesRead - before).toBeLessThan(1_000 + 50 * 4);
  });

  test("has an id that is in use here too", async () => {
    const { a, b } = await openTwo();
    await a.hub.run("r");
    await expect(b.hub.run("r")).rejects.toMatchObject({ code: "run-exists" });
    await expect(b.hub.resumeRun("r")).rejects.toMatchObject({ code: "run-exists" });
  });

  test("is ended once, by ends on both at the same time", async () => {
    const { a, b } = await openTwo();
    const ends: unknown[] = [];
    for (const { hub } of [a, b]) hub.on("runEnd", (end) => ends.push(end));
    for (let i = 0; i < 20; i += 1) {
      const run = await a.hub.run(`r${i}`);
      const found = (await b.hub.findRun(`r${i}`))!;
      const states = await Promise.all([
        run.complete(),
        found.cancel(),
        (await b.hub.findRun(`r${i}`))!.cancel(),
      ]);
      expect(new Set(states).size).toBe(1);
    }
    expect(ends).toHaveLength(20);
  });

  test("is not abandoned while it is read here", async () => {
    const { a, b, clock, pass } = await openTwo();
    const run = await a.hub.run("r", { abandonAfter: 10_000 });
    const client = await readRun(b.hub, clock, { run: "r" });
    await pass(60_000);
    expect(run.state).toBe("running");
    client.sink.leave();
    await pass(20_000);
    expect(run.state).toBe("cancelled");
  });
});

describe("a run whose producer's instance has died", () => {
  test("is lost to its readers and to all who ask, and can be taken over", async () => {
    const { a, b, clock, pass, kill } = await openTwo();
    const zombie = await a.hub.run("r");
    await zombie.append({ data: "1" });
    const client = await readRun(b.hub, clock, { run: "r" });
    await kill(a);
    await pass(2_000);
    expect(client.end).toEqual({ state: "lost" });
    expect(client.sink.over).toBe(true);
    expect((await b.hub.findRun("r"))?.state).toBe("lost");
    expect(await refusalOf(b.hub, clock, { run: "r" }, client.lastId)).toBe(204);

    const resumed = await b.hub.resumeRun("r");
    const before = [];
    for await (const { data } of resumed.events()) before.push(data);
    expect(before).toEqual(["1"]);
    await resumed.append({ data: "2" });
    await expect(zombie.append({ data: "zombie" })).rejects.toMatchObject({ code: "run-ended" });
    expect(zombie.signal.aborted).toBe(true);
    expect(await zombie.ended).toBe("lost");

    const again = await readRun(b.hub, clock, { run: "r" }, { lastEventId: client.lastId });
    const late = await readRun(b.hub, clock, { run: "r" });
    await resumed.complete();
    await pass(100);
    expect(again.text).toBe("2");
    expect(late.text).toBe("12");
    expect(late.end).toEqual({ state: "complete" });
    expect(late.sink.blocks.filter(({ type }) => type === "sse:end")).toHaveLength(1);
  });

  test("is sent to a reader without control events up to its last event, although nothing was added by who took it over", async () => {
    const { a, b, clock, kill } = await openTwo();
    const run = await a.hub.run("r");
    const first = await run.append({ data: "1" });
    const second = await run.append({ data: "2" });
    await kill(a);
    await b.hub.findRun("r");
    await (await b.hub.resumeRun("r")).complete();
    const subscription = { run: "r", controlEvents: false };
    const client = await readRun(b.hub, clock, subscription, { lastEventId: first });
    expect(client.text).toBe("2");
    expect(await refusalOf(b.hub, clock, subscription, second)).toBe(204);
  });

  test("is taken over by one of two that try", async () => {
    const { a, b, start, pass, kill } = await openTwo();
    const c = start();
    await pass(5_000);
    await a.hub.run("r");
    await kill(a);
    const attempts = await Promise.allSettled([b.hub.resumeRun("r"), c.hub.resumeRun("r")]);
    expect(attempts.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("is not lost any more once another instance has taken it over", async () => {
    const { a, b, start, clock, runs } = await openWithFlakyRuns();
    const c = start();
    await clock.pass(5_000);
    await a.hub.run("r");
    a.bus.cut();
    await clock.pass(20_000);
    runs.fates.push("refused");
    const finding = b.hub.findRun("r");
    await settle();
    const resumed = await c.hub.resumeRun("r");
    await clock.pass(5_000);
    expect((await finding)?.state).toBe("running");
    await resumed.append({ data: "1" });
    expect(resumed.state).toBe("running");
  });

  test("is told within seconds if the instance has closed", async () => {
    const { a, b, clock, pass } = await openTwo();
    await a.hub.run("r");
    const client = await readRun(b.hub, clock, { run: "r" });
    await a.hub.close();
    await pass(100);
    expect(client.end).toEqual({ state: "lost" });
  });

  test("cannot be taken over once it is complete, or has expired", async () => {
    const { a, b, pass } = await openTwo();
    const run = await a.hub.run("r", { ttl: 5_000 });
    await run.complete();
    await expect(b.hub.resumeRun("r")).rejects.toMatchObject({ code: "run-ended" });
    await pass(10_000);
    await expect(b.hub.resumeRun("r")).rejects.toMatchObject({ code: "run-unknown" });
  });
});

describe("an instance that starts", () => {
  test("takes no producer for dead before it can have heard of it", async () => {
    const { a, start, pass, clock } = await openTwo();
    const run = await a.hub.run("r");
    const c = start();
    expect((await c.hub.findRun("r"))?.state).toBe("running");
    await readRun(c.hub, clock, { run: "r" });
    await pass(20_000);
    await settle();
    expect(run.state).toBe("running");
  });
});
