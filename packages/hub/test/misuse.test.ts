import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { createHub, createMemoryLog, type HubOptions, type Subscription } from "../src/index.js";
import { testHub } from "./support/hub.js";
import { openStream } from "./support/sink.js";

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: "invalid-option", message: expect.stringMatching(message) });

describe("a misspelled option names the nearest one", () => {
  test.each<[object, RegExp]>([
    [{ maxEvents: 5 }, /createHub: unknown key "maxEvents": did you mean "window\.maxEvents"/],
    [{ heartbeats: {} }, /did you mean "heartbeat"/],
    [
      { limits: { conections: 1 } },
      /createHub: limits: unknown key "conections": did you mean "connections"/,
    ],
    [
      { slowReader: { highWaterMark: 1 } },
      /createHub: slowReader: unknown key "highWaterMark": pass only policy/,
    ],
  ])("of createHub: %j", (options, message) => {
    expect(() => createHub(options as HubOptions)).toThrow(invalid(message));
  });

  test.each<[object, RegExp]>([
    [{ topics: "a", usr: "ann" }, /a subscription: unknown key "usr": did you mean "user"/],
    [{ topic: "a" }, /did you mean "topics"/],
    [{ lastEventID: "1" }, /did you mean "lastEventId"/],
  ])("of a subscription: %j", (subscription, message) => {
    const { hub, clock } = testHub();
    const { stream, sink } = openStream(clock);
    expect(() => hub.connect(stream, subscription as Subscription)).toThrow(invalid(message));
    expect(sink.writes).toEqual([]);
  });

  test("of everything else", async () => {
    const { hub } = testHub();
    hub.on("error", () => {});
    const wrong = { emphemeral: true } as object;
    await expect(hub.publish("a", { data: 1 }, wrong)).rejects.toEqual(invalid(/did you mean "ephemeral"/));
    await expect(hub.publish("a", { dta: 1 } as object)).rejects.toMatchObject({
      code: "invalid-field",
      message: expect.stringMatching(/did you mean "data"/),
    });
    expect(() => hub.on("conect" as "connect", () => {})).toThrow(invalid(/did you mean "connect"/));
    expect(() => hub.on("toString" as "connect", () => {})).toThrow(invalid(/no hook "toString"/));
    expect(() => hub.close({ drian: 5 } as object)).toThrow(invalid(/did you mean "drain"/));
    expect(() => hub.connections({ topics: "a" } as object)).toThrow(invalid(/did you mean "topic"/));
    expect(() => hub.users("a", { scop: "hub" } as object)).toThrow(invalid(/did you mean "scope"/));
    expect(() => hub.disconnect({ user: "a" }, { rety: 1 } as object)).toThrow(
      invalid(/did you mean "retry"/),
    );
  });
});

test.each<[string, object]>([
  ["onGap", { onGap: 5 }],
  ["events", { events: 5 }],
  ["events", { events: [] }],
])("%s of another type is refused when the hub is created", (field, options) => {
  expect(() => createHub(options as HubOptions)).toThrow(
    expect.objectContaining({ code: "invalid-option", field }),
  );
});

test("values of another realm are what they are", async () => {
  const { hub, clock } = testHub();
  const inAnHour = runInNewContext(`new Date(${clock.now() + 3_600_000})`);
  expect(hub.connect(openStream(clock).stream, { expires: inAnHour }).state).toBe("live");
  const errors = vi.fn();
  hub.on("error", ({ error }) => errors(error));
  hub.on("publish", () => runInNewContext('Promise.reject("late")'));
  await hub.broadcast({ data: 1 });
  await vi.waitFor(() => expect(errors).toHaveBeenCalledWith("late"), { timeout: 120_000 });
});

describe("disconnect ends nothing", () => {
  test("without a target", () => {
    const { hub } = testHub();
    expect(() => hub.disconnect(undefined as never)).toThrow(invalid(/pass one of/));
  });

  test.each([
    {},
    { usr: "ann" },
    { user: undefined },
    { user: "ann", topic: "a" },
    { user: "ann", topic: 5 },
  ])("for the target %j", (target) => {
    const { hub, join } = testHub();
    join({ user: "ann", topics: "a" });
    expect(() => hub.disconnect(target as { user: string })).toThrow(invalid(/disconnect/));
    expect(hub.connectionCount()).toBe(1);
  });
});

describe("what is passed in place of something else is named", () => {
  test("publish without topics", async () => {
    const { hub } = testHub();
    hub.on("error", () => {});
    await expect(hub.publish(5 as never, { data: 1 })).rejects.toEqual(invalid(/topic must be/));
    await expect(hub.sendTo(undefined as never, { data: 1 })).rejects.toEqual(invalid(/user must be/));
    await expect(hub.publish("a", null as never)).rejects.toMatchObject({
      message: expect.stringMatching(/not null/),
    });
  });

  test("connect without a stream", () => {
    const { hub } = testHub();
    expect(() => hub.connect({} as never)).toThrow(invalid(/hub\.connect: the stream is an object/));
    expect(() => hub.connect(undefined as never)).toThrow(invalid(/the stream is undefined/));
  });

  test("createHub with a function for a log, or a number for options", () => {
    expect(() => createHub({ log: createMemoryLog as never })).toThrow(invalid(/log is a function: call it/));
    expect(() => createHub({ bus: {} as never })).toThrow(invalid(/bus is an object: pass a bus/));
    expect(() => createHub(5 as never)).toThrow(invalid(/createHub: the options are a number/));
  });

  test("topics that are no list", () => {
    const { hub, clock } = testHub();
    expect(() => hub.connect(openStream(clock).stream, { topics: 5 as never })).toThrow(invalid(/topic/));
    expect(() => hub.on("connect", "x" as never)).toThrow(invalid(/the listener is a string/));
  });

  test.each(["", "x".repeat(257), "\ud800"])(
    "a topic, user or run that is no name, which may be the client's: %j",
    async (name) => {
      const { hub, clock } = testHub();
      const open = () => openStream(clock).stream;
      const refused = (field: string) => ({ code: "refused", status: 400, field });
      expect(() => hub.connect(open(), { topics: ["a", name] })).toThrow(
        expect.objectContaining(refused("topics")),
      );
      expect(() => hub.connect(open(), { user: name })).toThrow(expect.objectContaining(refused("user")));
      await expect(hub.connectRun(open(), { run: "r", user: name })).rejects.toMatchObject(refused("user"));
      await expect(hub.connectRun(open(), { run: name })).rejects.toMatchObject({ status: 404 });
      expect(await hub.findRun(name)).toBeUndefined();
      expect(await hub.findConnection(name)).toBeUndefined();
      // Of another type it is the application's mistake.
      expect(() => hub.connect(open(), { user: 5 as never })).toThrow(invalid(/user must be/));
    },
  );

  test.each<[string, object]>([
    ["initial", { initial: 5 }],
    ["initial", { initial: { data: 1 } }],
    ["initial", { initial: "data" }],
    ["controlEvents", { controlEvents: "false" }],
    ["lastEventId", { lastEventId: 5 }],
    ["replay", { replay: 5 }],
    ["replay.last", { replay: { last: -1 } }],
  ])("a subscription whose %s is of a wrong type: %j", (field, subscription) => {
    const { hub, clock } = testHub();
    expect(() => hub.connect(openStream(clock).stream, subscription)).toThrow(
      expect.objectContaining({
        name: "SseError",
        code: "invalid-option",
        message: expect.stringContaining(field),
      }),
    );
  });

  test.each<[string, unknown]>([
    ["invalid-field", { evnt: "x", data: 1 }],
    ["invalid-field", "text"],
    ["invalid-field", null],
    ["reserved", { id: "1", data: 1 }],
  ])("an event for one connection that is refused as %s: %j", async (code, event) => {
    const { hub, clock, join } = testHub();
    hub.on("error", () => {});
    await expect(join().connection.send(event as never)).rejects.toMatchObject({ code });
    const subscription = { initial: [event as never] };
    expect(() => hub.connect(openStream(clock).stream, subscription)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test("a change of topics whose list is one string", async () => {
    const { hub, join } = testHub();
    const { connection } = join();
    for (const name of ["subscribe", "unsubscribe"])
      await expect(hub.changeTopics(connection, { [name]: "news" })).rejects.toMatchObject({
        code: "invalid-option",
        field: name,
      });
    expect(connection.topics.size).toBe(0);
  });
});

test("a subscription that has expired is refused before anything is read or written", async () => {
  const log = createMemoryLog();
  const read = vi.spyOn(log, "read");
  const { hub, clock } = testHub({ log, window: { maxEvents: 1 } });
  for (let i = 0; i < 500; i += 1) await hub.publish("a", { data: String(i) });
  const { stream, sink } = openStream(clock);
  const expires = new Date(clock.now());
  expect(() => hub.connect(stream, { topics: "a", replay: { last: 500 }, expires })).toThrow(
    expect.objectContaining({ code: "refused", status: 401, field: "expires" }),
  );
  expect([read.mock.calls, sink.writes, hub.connectionCount()]).toEqual([[], [], 0]);
});

describe("in a worker of node:cluster", () => {
  test("a hub without an engine warns once, with the fix; one that was given a log does not", async () => {
    vi.resetModules();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const real = process.getBuiltinModule;
    process.getBuiltinModule = ((id: string) =>
      id === "node:cluster" ? { isWorker: true } : real(id)) as typeof real;
    try {
      const fresh = await import("../src/index.js");
      fresh.createHub({ log: fresh.createMemoryLog() });
      expect(warn).not.toHaveBeenCalled();
      fresh.createHub();
      fresh.createHub();
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/node:cluster.*createRedisLog/)]]);
    } finally {
      process.getBuiltinModule = real;
      warn.mockRestore();
    }
  });

  test("elsewhere nothing is said", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    createHub();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
