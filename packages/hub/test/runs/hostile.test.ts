import { describe, expect, test, vi } from "vitest";
import { settle } from "../support/clock.js";
import { testCluster } from "../support/cluster.js";
import { testHub } from "../support/hub.js";
import { readRun, refusalOf } from "../support/runs.js";

describe("an id of a client that no run can have", () => {
  test.each([
    ["empty", ""],
    ["too long", "x".repeat(257)],
    ["half a surrogate pair", "\ud83c"],
    ["of 200,000 characters", "x".repeat(200_000)],
  ])("is refused as an unknown run: %s", async (_what, id) => {
    const { hub, clock } = testHub();
    expect(await refusalOf(hub, clock, { run: id })).toBe(404);
    expect(await hub.findRun(id)).toBeUndefined();
  });

  test("that is no string is the application's mistake", async () => {
    const { hub, clock } = testHub();
    await expect(readRun(hub, clock, { run: 5 as never })).rejects.toMatchObject({ code: "handler-failed" });
    await expect(hub.findRun(5 as never)).rejects.toMatchObject({ code: "invalid-option" });
  });
});

describe("a reader that may not read", () => {
  test("costs one page of the run of another instance, however long that is", async () => {
    const cluster = testCluster();
    const [a, b] = [cluster.start(), cluster.start()];
    await cluster.pass(5_000);
    const run = await a.hub.run("r", { user: "ann" });
    for (let i = 0; i < 1_000; i += 1) void run.append({ data: "x" });
    await cluster.pass(100);
    const reads = vi.spyOn(cluster.log.runs!, "read");
    expect(await refusalOf(b.hub, cluster.clock, { run: "r", user: "bob" })).toBe(404);
    const entries = await Promise.all(
      reads.mock.results.map(async ({ value }) => (await value).entries.length),
    );
    expect(entries.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(300);
  });

  test("is refused at a limit of the hub before anything is read", async () => {
    const { hub, clock, log } = testHub({ limits: { connections: 1 } });
    const run = await hub.run("r");
    await run.complete();
    await readRun(hub, clock, { run: "r" });
    const ended = await hub.run("s");
    await readRun(hub, clock, { run: "s" });
    const read = vi.spyOn(log.runs!, "read");
    const head = vi.spyOn(log.runs!, "head");
    const refused = await readRun(hub, clock, { run: "s" });
    expect(refused.sink.text).toContain("sse:refused");
    expect([read.mock.calls, head.mock.calls]).toEqual([[], []]);
    await ended.complete();
  });

  test("of a log that is not followed is refused with 503, and does not wait for ever", async () => {
    const { hub, clock, log } = testHub();
    vi.spyOn(log.runs!, "follow").mockReturnValue(() => {});
    const refusal = refusalOf(hub, clock, { run: "r" });
    await clock.pass(120_000);
    expect(await refusal).toBe(503);
  });
});

describe("cancel with a reason that cannot be stored", () => {
  const long = "x".repeat(300_000);

  test("is refused, and the run goes on: its signal is not aborted", async () => {
    const { hub } = testHub();
    hub.on("error", () => {});
    const run = await hub.run("r");
    await expect(run.cancel(long)).rejects.toMatchObject({ code: "too-large" });
    await expect(run.cancel(5 as never)).rejects.toMatchObject({ code: "invalid-option", field: "reason" });
    expect([run.signal.aborted, run.state]).toEqual([false, "running"]);
    await run.append({ data: "x" });
    expect(await run.cancel("stop")).toBe("cancelled");
  });

  test("on another instance is refused there, and harms neither", async () => {
    const cluster = testCluster();
    const [a, b] = [cluster.start(), cluster.start()];
    await cluster.pass(5_000);
    const run = await a.hub.run("r");
    const found = (await b.hub.findRun("r"))!;
    for (const { hub } of [a, b]) hub.on("error", () => {});
    await expect(found.cancel(long)).rejects.toMatchObject({ code: "too-large" });
    await settle(10);
    expect([run.signal.aborted, run.state]).toEqual([false, "running"]);
    expect(await found.cancel("stop")).toBe("cancelled");
  });
});

describe("a producer that has died while the log cannot be written", () => {
  test("is ended by one attempt at a time, and reported at most once in ten seconds", async () => {
    const cluster = testCluster();
    const [a, b] = [cluster.start(), cluster.start()];
    await cluster.pass(5_000);
    for (let i = 0; i < 20; i += 1) {
      await a.hub.run(`r${i}`);
      await readRun(b.hub, cluster.clock, { run: `r${i}` });
    }
    const errors: unknown[] = [];
    b.hub.on("error", ({ error }) => errors.push(error));
    const append = vi
      .spyOn(cluster.log.runs!, "append")
      .mockRejectedValue(Object.assign(new Error("away"), { name: "SseError", code: "log-unavailable" }));
    a.bus.cut();
    await cluster.pass(60_000);
    expect(errors.length).toBeLessThanOrEqual(6);
    append.mockRestore();
    await cluster.pass(5_000);
    expect((await b.hub.findRun("r0"))?.state).toBe("lost");
  });
});

describe("a limit of the size of events", () => {
  test.each([1, 10, 60])("of %i bytes holds up no end that the hub writes itself", async (eventBytes) => {
    const { hub, clock } = testHub({ limits: { eventBytes } });
    hub.on("error", () => {});
    const abandoned = await hub.run("abandoned", { abandonAfter: 1_000 });
    const large = await hub.run("large", { maxEvents: 1 });
    for (const data of ["1", "2"]) large.append({ data }).catch(() => {});
    const lost = await hub.run("lost");
    await clock.pass(3_000);
    const closing = hub.close();
    await clock.pass(5_000);
    await closing;
    await settle();
    expect([abandoned.state, large.state, lost.state]).toEqual(["cancelled", "failed", "lost"]);
  });
});
