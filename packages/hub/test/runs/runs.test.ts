import { describe, expect, test, vi } from "vitest";
import type { HubOptions } from "../../src/options.js";
import type { RunOptions } from "../../src/runs/run-options.js";
import { settle } from "../support/clock.js";
import { testHub } from "../support/hub.js";
import { readRun, refusalOf } from "../support/runs.js";

function open(options: HubOptions = {}) {
  const { hub, clock, log, tick } = testHub({ heartbeat: { interval: 0 }, ...options });
  return {
    hub,
    clock,
    log,
    tick,
    read: (run: string, lastEventId = "", capacity?: number) =>
      readRun(hub, clock, { run }, { lastEventId, ...(capacity !== undefined && { capacity }) }),
  };
}

async function appendAll(run: { append(event: { data: string }): Promise<string> }, ...data: string[]) {
  const ids: string[] = [];
  for (const text of data) ids.push(await run.append({ data: text }));
  return ids;
}

describe("a reader of a run", () => {
  test("receives it from its beginning, then live, then its end, and the stream closes", async () => {
    const { hub, tick, read } = open();
    const run = await hub.run("r");
    await appendAll(run, "a", "b");
    const client = await read("r");
    expect(client.text).toBe("ab");
    await appendAll(run, "c");
    await tick();
    expect(client.text).toBe("abc");
    expect(client.end).toBeUndefined();
    await run.complete({ tokens: 3 });
    await tick();
    expect(client.end).toEqual({ state: "complete", data: { tokens: 3 } });
    expect(client.sink.ending).toBe("closed");
    expect(client.connection.state).toBe("closed");
  });

  test("that connects after the end receives everything and the end", async () => {
    const { hub, read } = open();
    const run = await hub.run("r");
    await appendAll(run, "a", "b");
    await run.complete();
    const client = await read("r");
    expect(client.text).toBe("ab");
    expect(client.end).toEqual({ state: "complete" });
    expect(client.sink.ending).toBe("closed");
  });

  test("continues after its Last-Event-ID, live or after the end", async () => {
    const { hub, read } = open();
    const run = await hub.run("r");
    const [first] = await appendAll(run, "a", "b");
    expect((await read("r", first)).text).toBe("b");
    await run.complete();
    expect((await read("r", first)).text).toBe("b");
  });

  test("whose id is that of the end is refused with 204", async () => {
    const { hub, clock, read } = open();
    const run = await hub.run("r");
    await appendAll(run, "a");
    await run.complete();
    const { lastId } = await read("r");
    expect(await refusalOf(hub, clock, { run: "r" }, lastId)).toBe(204);
  });

  test("with an id of no run is told of a gap and receives everything", async () => {
    const { hub, read } = open();
    const run = await hub.run("r");
    await appendAll(run, "a");
    const client = await read("r", "nonsense");
    expect(client.gaps).toBe(1);
    expect(client.text).toBe("a");
  });

  test("of a run that does not exist, or has expired, is refused with 404", async () => {
    const { hub, clock } = open();
    const run = await hub.run("r", { ttl: 5_000 });
    await run.complete();
    expect(await refusalOf(hub, clock, { run: "s" })).toBe(404);
    expect(await refusalOf(hub, clock, { run: "r" })).toBeUndefined();
    await clock.pass(7_000);
    expect(await refusalOf(hub, clock, { run: "r" })).toBe(404);
    expect(await hub.findRun("r")).toBeUndefined();
  });

  test("must be the run's user, if it has one", async () => {
    const { hub, clock } = open();
    await hub.run("r", { user: "ann" });
    expect(await refusalOf(hub, clock, { run: "r" })).toBe(404);
    expect(await refusalOf(hub, clock, { run: "r", user: "bob" })).toBe(404);
    expect(await refusalOf(hub, clock, { run: "r", user: "ann" })).toBeUndefined();
  });

  test("that reads slowly receives everything, and the end", async () => {
    const { hub, tick, read } = open();
    const run = await hub.run("r");
    const client = await read("r", "", 500);
    client.sink.stall();
    const words = Array.from({ length: 300 }, (_, i) => `${i} `);
    await appendAll(run, ...words);
    await tick();
    await run.complete();
    while (!client.sink.over) {
      client.sink.take(400);
      await tick();
    }
    expect(client.text).toBe(words.join(""));
    expect(client.end).toEqual({ state: "complete" });
  });

  test("follows nothing else, and no topic can be added", async () => {
    const { hub, tick, read } = open();
    const run = await hub.run("r");
    await hub.run("s").then((other) => other.append({ data: "other" }));
    const client = await read("r");
    await hub.broadcast({ data: "to all" });
    await appendAll(run, "a");
    await tick();
    expect(client.text).toBe("a");
    expect(() => client.connection.subscribe("t")).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
    expect(client.connection.run).toBe("r");
  });

  test("counts as a connection of its user, and ends with the others of that user", async () => {
    const { hub, clock } = open({ limits: { connectionsPerUser: 1 } });
    await hub.run("r");
    const client = await readRun(hub, clock, { run: "r", user: "ann" });
    expect(hub.connectionCount()).toBe(1);
    expect(hub.isOnline("ann")).toBe(true);
    const refused = await readRun(hub, clock, { run: "r", user: "ann" });
    expect(refused.sink.text).toContain("sse:refused");
    expect(hub.disconnect({ user: "ann" })).toBe(1);
    expect(client.sink.over).toBe(true);
    await settle();
    expect(hub.isOnline("ann")).toBe(false);
  });

  test("that is connected when the run expires is told that it is not complete", async () => {
    const { hub, clock, tick, read } = open({ slowReader: { stallTimeout: 0 }, window: { maxEvents: 1 } });
    const run = await hub.run("r", { ttl: 1_000 });
    const client = await read("r", "", 100);
    client.sink.stall();
    await appendAll(run, "x".repeat(200));
    await tick();
    await appendAll(run, "y".repeat(200));
    await tick();
    await run.complete();
    await clock.pass(5_000);
    client.sink.flow();
    await tick();
    await tick();
    expect(client.gaps).toBe(1);
    expect(client.end).toEqual({ state: "lost" });
    expect(client.sink.over).toBe(true);
  });
});

describe("a reader without control events", () => {
  test("receives the application's events alone, and the close is the end", async () => {
    const { hub, clock, tick } = open();
    const run = await hub.run("r");
    const client = await readRun(hub, clock, { run: "r", controlEvents: false });
    await appendAll(run, "a", "[DONE]");
    await tick();
    await run.complete();
    await tick();
    expect(client.sink.blocks.filter(({ data }) => data !== undefined).map(({ type }) => type)).toEqual([
      "message",
      "message",
    ]);
    expect(client.sink.text).not.toContain("sse:");
    expect(client.sink.over).toBe(true);
    expect(await refusalOf(hub, clock, { run: "r", controlEvents: false }, client.lastId)).toBe(204);
    const late = await readRun(hub, clock, { run: "r", controlEvents: false });
    expect(late.text).toBe("a[DONE]");
    expect(late.sink.over).toBe(true);
  });
});

describe("the end of a run", () => {
  test("is the first one, exactly once", async () => {
    const { hub } = open();
    const run = await hub.run("r");
    const ends: unknown[] = [];
    hub.on("runEnd", (end) => ends.push(end));
    const states = await Promise.all([run.complete(), run.cancel("late"), run.fail(new Error("late"))]);
    expect(states).toEqual(["complete", "complete", "complete"]);
    expect(ends).toEqual([{ run: "r", state: "complete", error: undefined }]);
    expect(run.state).toBe("complete");
    expect(run.signal.aborted).toBe(false);
    expect((await hub.findRun("r"))?.state).toBe("complete");
    expect(hub.stats().runsEnded.complete).toBe(1);
  });

  test("rejects later appends, and those are not reported", async () => {
    const { hub } = open();
    const errors: unknown[] = [];
    hub.on("error", ({ error }) => errors.push(error));
    const run = await hub.run("r");
    const before = run.append({ data: "a" });
    const ended = run.complete();
    await expect(run.append({ data: "b" })).rejects.toMatchObject({ code: "run-ended" });
    await before;
    await ended;
    expect(errors).toEqual([]);
  });

  test("by cancel of a run that was found aborts the signal at once", async () => {
    const { hub, tick, read } = open();
    const run = await hub.run("r");
    const client = await read("r");
    const found = await hub.findRun("r");
    expect(found).toMatchObject({ id: "r", state: "running", user: undefined, readers: 1 });
    const canceled = found!.cancel("stop");
    expect(run.signal.aborted).toBe(true);
    expect(await canceled).toBe("cancelled");
    await tick();
    expect(client.end).toEqual({ state: "cancelled", reason: "stop" });
    expect(await found!.cancel()).toBe("cancelled");
  });

  test("by fail sends the readers no error, and reports it to the hook", async () => {
    const { hub, read } = open();
    const run = await hub.run("r");
    const ends: unknown[] = [];
    hub.on("runEnd", (end) => ends.push(end));
    const failure = new Error("secret");
    await run.fail(failure, { message: "try again" });
    const client = await read("r");
    expect(client.end).toEqual({ state: "failed", data: { message: "try again" } });
    expect(ends).toEqual([{ run: "r", state: "failed", data: { message: "try again" }, error: failure }]);
  });

  test("by hub.close is lost, and aborts the signal", async () => {
    const { hub, log, clock } = open();
    const run = await hub.run("r");
    await hub.close();
    expect(run.signal.aborted).toBe(true);
    expect(await run.ended).toBe("lost");
    const next = testHub({ log, clock }).hub;
    expect((await next.findRun("r"))?.state).toBe("lost");
    await expect(hub.run()).rejects.toMatchObject({ code: "closed" });
  });

  test("with data that has no JSON form is refused, and the run goes on", async () => {
    const { hub } = open();
    hub.on("error", () => {});
    const run = await hub.run("r");
    await expect(run.complete(1n)).rejects.toMatchObject({ code: "unserializable" });
    expect(run.state).toBe("running");
    expect(await run.complete(1)).toBe("complete");
  });
});

describe("starting a run", () => {
  test("whose id is in use is refused, also after its end", async () => {
    const { hub } = open();
    const run = await hub.run("r");
    await expect(hub.run("r")).rejects.toMatchObject({ code: "run-exists" });
    await run.complete();
    await expect(hub.run("r")).rejects.toMatchObject({ code: "run-exists" });
    const both = await Promise.allSettled([hub.run("s"), hub.run("s")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("without an id makes one up", async () => {
    const { hub } = open();
    const [a, b] = [await hub.run(), await hub.run()];
    expect(a.id).not.toBe(b.id);
  });

  test.each([
    ["an id that is none", () => [""] as const],
    ["a misspelled option", () => ["r", { tll: 1 } as RunOptions] as const],
    ["a bound out of its range", () => ["r", { maxBytes: 0 }] as const],
    ["a bad user", () => ["r", { user: "" }] as const],
  ] satisfies [string, () => readonly [string, RunOptions?]][])("refuses %s", async (_what, args) => {
    const { hub } = open();
    const [id, options] = args() as readonly [string, RunOptions?];
    await expect(hub.run(id, options)).rejects.toMatchObject({ code: "invalid-option" });
  });
});

describe("the bounds of a run", () => {
  test.each([
    ["maxEvents", { maxEvents: 2 }],
    ["maxBytes", { maxBytes: 2 }],
  ])("%s: the run fails with a code, and what it has is kept", async (field, bounds) => {
    const { hub, read } = open();
    const errors: unknown[] = [];
    hub.on("error", ({ error }) => errors.push(error));
    const run = await hub.run("r", bounds);
    await appendAll(run, "a", "b");
    await expect(run.append({ data: "c" })).rejects.toMatchObject({ code: "too-large", field });
    expect(run.signal.aborted).toBe(true);
    expect(await run.ended).toBe("failed");
    const client = await read("r");
    expect(client.text).toBe("ab");
    expect(client.end).toEqual({ state: "failed", reason: "too-large" });
    expect(errors).toHaveLength(1);
  });
});

describe("an abandoned run", () => {
  test("is canceled once it had no reader for that time, and no sooner", async () => {
    const { hub, clock, read } = open();
    const run = await hub.run("r", { abandonAfter: 10_000 });
    await clock.pass(8_000);
    const client = await read("r");
    await clock.pass(60_000);
    expect(run.state).toBe("running");
    client.sink.leave();
    await clock.pass(8_000);
    expect(run.state).toBe("running");
    const again = await read("r");
    again.sink.leave();
    await clock.pass(8_000);
    expect(run.state).toBe("running");
    await clock.pass(5_000);
    expect(run.signal.aborted).toBe(true);
    expect((await read("r")).end).toEqual({ state: "cancelled", reason: "abandoned" });
  });

  test("is none without the option", async () => {
    const { hub, clock } = open();
    const run = await hub.run("r");
    await clock.pass(10 * 60 * 60 * 1_000);
    expect(run.state).toBe("running");
  });
});

describe("what a run leaves behind", () => {
  test("is nothing once its ttl has passed: no timer, no registration", async () => {
    const { hub, clock, read, log } = open();
    const run = await hub.run("r", { ttl: 10_000, abandonAfter: 5_000 });
    const client = await read("r");
    await appendAll(run, "a");
    await run.complete();
    await clock.pass(1_000);
    expect(client.sink.over).toBe(true);
    await clock.pass(12_000);
    expect(clock.timers).toBe(0);
    expect(hub.stats()).toMatchObject({ connections: 0, runs: 0, runEvents: 1 });
    const channels = new Set(["run:r"] as const);
    const page = await log.runs!.read("", { channels, through: await log.runs!.head(), limit: 10 });
    expect(page.entries).toEqual([]);
  });

  test("does not touch the entries of topics", async () => {
    const { hub, join } = testHub({ bounds: { maxEvents: 2 } });
    await hub.publish("t", { data: "1" });
    const run = await hub.run();
    for (let i = 0; i < 100; i += 1) await run.append({ data: "x" });
    await hub.publish("t", { data: "2" });
    const client = join({ topics: "t", replay: { last: 10 } });
    await settle();
    expect(client.data).toEqual(["1", "2"]);
  });
});

describe("pipe", () => {
  async function* words(...all: string[]) {
    yield* all;
  }

  test("appends what a source yields, and completes", async () => {
    const { hub, read } = open();
    const run = await hub.run("r");
    expect(await run.pipe(words("a", "b"))).toBe("complete");
    expect((await read("r")).text).toBe("ab");
    const other = await hub.run("s");
    await other.pipe(new Response("c").body!, (bytes) => ({ data: new TextDecoder().decode(bytes) }));
    expect((await read("s")).text).toBe("c");
  });

  test("fails the run with the source's error, which is reported", async () => {
    const { hub, read } = open();
    const errors: unknown[] = [];
    hub.on("error", ({ error }) => errors.push(error));
    const run = await hub.run("r");
    const failure = new Error("the model failed");
    async function* failing() {
      yield "a";
      throw failure;
    }
    expect(await run.pipe(failing())).toBe("failed");
    expect(errors).toEqual([failure]);
    const client = await read("r");
    expect([client.text, client.end]).toEqual(["a", { state: "failed" }]);
  });

  test("fails the run with the fix for what is no source", async () => {
    const { hub } = open();
    const errors: unknown[] = [];
    hub.on("error", ({ error }) => errors.push(error));
    const run = await hub.run("r");
    expect(await run.pipe("text" as never)).toBe("failed");
    expect(errors).toEqual([expect.objectContaining({ code: "invalid-option", field: "source" })]);
  });

  test("stops a source that waits when the run is cancelled", async () => {
    const { hub } = open();
    const run = await hub.run("r");
    const canceled = vi.fn();
    const endless = new ReadableStream<string>({
      start: (controller) => controller.enqueue("a"),
      cancel: canceled,
    });
    const piped = run.pipe(endless);
    await settle();
    await run.cancel();
    expect(await piped).toBe("cancelled");
    expect(canceled).toHaveBeenCalledOnce();
  });

  test("fails the run for a chunk that is no event", async () => {
    const { hub } = open();
    hub.on("error", () => {});
    const run = await hub.run("r");
    const returned = vi.fn();
    async function* source() {
      try {
        yield { event: "sse:end", data: "x" };
      } finally {
        returned();
      }
    }
    expect(await run.pipe(source())).toBe("failed");
    await settle();
    expect(returned).toHaveBeenCalledOnce();
  });
});

describe("events", () => {
  test("reads what a run has so far, without its start and its end", async () => {
    const { hub } = open();
    const run = await hub.run("r");
    const [id] = await appendAll(run, "a");
    await run.append({ event: "tool", data: { name: "x" } });
    const read = async () => {
      const events = [];
      for await (const event of (await hub.findRun("r"))!.events()) events.push(event);
      return events;
    };
    expect((await read())[0]).toEqual({ id, event: "message", data: "a" });
    await run.complete();
    expect((await read()).map(({ event, data }) => [event, data])).toEqual([
      ["message", "a"],
      ["tool", '{"name":"x"}'],
    ]);
  });
});
