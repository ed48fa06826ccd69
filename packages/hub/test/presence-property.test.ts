import fc from "fast-check";
import { describe, expect, it, test, vi } from "vitest";
import { createHub, type HubOptions } from "../src/index.js";
import { ManualClock, settle } from "./support/clock.js";
import { PresenceWorld, presenceSchedules } from "./support/presence-world.js";
import { openStream } from "./support/sink.js";

const runs = Number(process.env["SSE_RUNS"] ?? 2_000);
const seed = Number(process.env["SSE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`joins less leaves are who is here, at every moment of ${runs} random schedules (SSE_SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(presenceSchedules, (schedule) => new PresenceWorld(schedule).run()),
    { seed, numRuns: runs },
  );
});

function setUp(options: HubOptions = {}) {
  const clock = new ManualClock();
  const hub = createHub({ clock, heartbeat: { interval: 0 }, ...options });
  const told: string[] = [];
  hub.on("join", ({ user, topic }) => told.push(`+${user}${topic === undefined ? "" : `@${topic}`}`));
  hub.on("leave", ({ user, topic }) => told.push(`-${user}${topic === undefined ? "" : `@${topic}`}`));
  const join = (user: string | undefined, topics: string[] = []) => {
    const { stream, sink } = openStream(clock);
    const connection = hub.connect(stream, { topics, ...(user !== undefined && { user }) });
    return { sink, connection };
  };
  return { clock, hub, told, join };
}

describe("presence", () => {
  it("counts the tabs of a user as one, for the hub and for each topic", async () => {
    const { hub, told, join } = setUp();
    const first = join("ann", ["a"]);
    const second = join("ann", ["a", "b"]);
    join(undefined, ["a"]);
    expect(told).toEqual(["+ann", "+ann@a", "+ann@b"]);
    expect([hub.users(), hub.users("a"), hub.users("b"), hub.users("c")]).toEqual([
      ["ann"],
      ["ann"],
      ["ann"],
      [],
    ]);
    expect(hub.connectionCount("a")).toBe(3);
    first.connection.close();
    expect(told).toHaveLength(3);
    second.sink.leave();
    await settle();
    expect(told.slice(3)).toEqual(["-ann@b", "-ann@a", "-ann"]);
    expect(hub.isOnline("ann")).toBe(false);
  });

  it("follows subscribe and unsubscribe", () => {
    const { told, join, hub } = setUp();
    const { connection } = join("ann");
    connection.subscribe("a");
    connection.subscribe("a");
    connection.unsubscribe("a");
    connection.unsubscribe("a");
    expect(told).toEqual(["+ann", "+ann@a", "-ann@a"]);
    expect(hub.users("a")).toEqual([]);
  });

  it("is announced after registration: a listener finds the connection, and `disconnect` comes before `leave`", () => {
    const { hub, join, told } = setUp();
    hub.on("join", ({ user }) =>
      expect(hub.connections().some((connection) => connection.user === user)).toBe(true),
    );
    hub.on("disconnect", () => told.push("disconnect"));
    join("ann").connection.close();
    expect(told).toEqual(["+ann", "disconnect", "-ann"]);
  });

  it("lasts for the grace period, and a reload within it is no news", async () => {
    const { clock, hub, told, join } = setUp({ presenceGrace: 1_000 });
    join("ann").connection.close();
    await clock.pass(999);
    expect(hub.isOnline("ann")).toBe(true);
    const { connection } = join("ann");
    await clock.pass(5_000);
    expect(told).toEqual(["+ann"]);
    connection.close();
    await clock.pass(999);
    expect(told).toEqual(["+ann"]);
    await clock.pass(1);
    expect(told).toEqual(["+ann", "-ann"]);
    expect(clock.timers).toBe(0);
  });

  it("ends with the hub, without waiting for the grace period", async () => {
    const { clock, hub, told, join } = setUp({ presenceGrace: 60_000 });
    join("ann", ["a"]);
    join("bob").connection.close();
    await hub.close();
    expect(new Set(told)).toEqual(new Set(["+ann", "+ann@a", "+bob", "-bob", "-ann", "-ann@a"]));
    expect(clock.timers).toBe(0);
    expect(hub.stats().users).toBe(0);
  });

  it("is not announced for a client that had left before it was registered", () => {
    const { clock, hub, told } = setUp();
    const { stream, sink } = openStream(clock);
    sink.leave();
    stream.close();
    expect(hub.connect(stream, { user: "ann" }).state).toBe("closed");
    expect(told).toEqual([]);
    expect(hub.connectionCount()).toBe(0);
  });
});

describe("hooks", () => {
  it("tell every listener the same order, also when one of them causes the next thing", () => {
    const { hub, join } = setUp();
    const orders: string[][] = [[], []];
    hub.on("join", () => orders[0]?.push("join"));
    hub.on("leave", () => orders[0]?.push("leave"));
    hub.on("join", ({ user }) => hub.disconnect({ user }));
    hub.on("join", () => orders[1]?.push("join"));
    hub.on("leave", () => orders[1]?.push("leave"));
    join("ann");
    expect(orders).toEqual([
      ["join", "leave"],
      ["join", "leave"],
    ]);
  });

  it("call a function that was added twice twice, and remove it one by one", () => {
    const { hub, join } = setUp();
    const listener = vi.fn();
    const [remove] = [hub.on("connect", listener), hub.on("connect", listener)];
    join("ann");
    expect(listener).toHaveBeenCalledTimes(2);
    remove?.();
    join("ann");
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it("report a listener that throws or rejects to `error`, and go on", async () => {
    const { hub, join } = setUp();
    const error = vi.fn();
    const after = vi.fn();
    hub.on("error", error);
    hub.on("connect", () => {
      throw new Error("thrown");
    });
    hub.on("connect", async () => {
      throw new Error("rejected");
    });
    hub.on("connect", after);
    expect(join("ann").connection.state).toBe("live");
    await settle();
    expect(error.mock.calls).toEqual([[{ error: new Error("thrown") }], [{ error: new Error("rejected") }]]);
    expect(after).toHaveBeenCalledTimes(1);
  });

  it("go to the console if there is no listener for errors, or if that listener fails itself", () => {
    const console = vi.spyOn(globalThis.console, "error").mockImplementation(() => {});
    const { hub, join } = setUp();
    hub.on("connect", () => {
      throw new Error("first");
    });
    join("ann");
    hub.on("error", () => {
      throw new Error("second");
    });
    join("bob");
    expect(console.mock.calls).toEqual([[new Error("first")], [new Error("second")]]);
    console.mockRestore();
  });
});
