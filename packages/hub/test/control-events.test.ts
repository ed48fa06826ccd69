import { describe, expect, test, vi } from "vitest";
import { createMemoryLog } from "../src/log/memory-log.js";
import { settle } from "./support/clock.js";
import { recordHooks, testHub } from "./support/hub.js";
import { InstanceLog } from "./support/instance-log.js";
import { openStream } from "./support/sink.js";

const without = { controlEvents: false, topics: ["a"] } as const;

describe("a client without control events", () => {
  test("receives its own events, ids and comments, and nothing else", async () => {
    const { hub, clock, join, tick } = testHub({ heartbeat: { interval: 1_000, kind: "event" } });
    const first = await hub.publish("a", { data: "0" });
    const client = join({ ...without, lastEventId: first });
    const second = await hub.publish("a", { event: "goal", data: "1" });
    await tick();
    await hub.publish("b", { data: "for others" });
    await tick();
    await clock.pass(3_000);
    expect(client.sink.text).toBe(`retry: 2500\nevent: goal\nid: ${second}\ndata: 1\n\n:\n:\n`);
    expect(client.connection.state).toBe("live");
    await expect(client.connection.opened).resolves.toBeUndefined();
  });

  test("receives no id of a page that has nothing for it", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { pageLimit: 2 });
    const { hub, join } = testHub({ log: view, window: { maxEvents: 1 } });
    const start = await hub.publish("a", { data: "0" });
    for (let i = 0; i < 20; i += 1) await hub.publish("b", { data: "b" });
    const last = await hub.publish("a", { data: "1" });
    await hub.publish("b", { data: "b" });
    const client = join({ ...without, lastEventId: start });
    await settle();
    expect(client.sink.text).toBe(`retry: 2500\nid: ${last}\ndata: 1\n\n`);
  });

  test("whose position is gone is refused with 410 before the first byte", async () => {
    const world = testHub({ bounds: { maxEvents: 1 } });
    const hooks = recordHooks(world.hub);
    const first = await world.hub.publish("a", { data: "0" });
    for (const data of ["1", "2", "3"]) await world.hub.publish("a", { data });
    const client = world.join({ ...without, lastEventId: first, initial: [{ data: "snapshot" }] });
    await expect(client.connection.opened).rejects.toMatchObject({ code: "refused", status: 410 });
    expect(client.sink.writes).toEqual([]);
    expect(hooks["gap"]).toMatchObject([{ reason: "evicted", requested: first }]);
    expect(hooks["disconnect"]).toMatchObject([{ reason: "gap" }]);
    expect(world.hub.connections()).toEqual([]);
    // Without an adapter that has released the stream, it ends.
    await world.tick();
    expect(client.sink.ending).toBe("closed");
  });

  test("who falls behind what is held is disconnected, and can resume from a snapshot", async () => {
    const world = testHub({ bounds: { maxEvents: 2 }, window: { maxEvents: 1 } });
    const hooks = recordHooks(world.hub);
    const client = world.join(without, { capacity: 40 });
    client.sink.stall();
    for (const data of ["0", "1", "2", "3", "4", "5"]) {
      await world.hub.publish("a", { data });
      await world.tick();
    }
    client.sink.flow();
    await settle();
    expect(client.said("sse:gap")).toEqual([]);
    expect(client.sink.ending).toBe("closed");
    expect(client.sink.text).toMatch(/retry: 500\n$/);
    expect(hooks["disconnect"]).toMatchObject([{ reason: "gap" }]);
    expect(hooks["gap"]).toHaveLength(1);
  });

  test("over a limit is refused with a status, because there is no event to say so", () => {
    const { hub, clock, join } = testHub({ limits: { connections: 1 } });
    join();
    const { stream, sink } = openStream(clock);
    expect(() => hub.connect(stream, without)).toThrow(
      expect.objectContaining({ code: "refused", status: 503 }),
    );
    expect(sink.writes).toEqual([]);
  });
});

describe("initial events", () => {
  test("and what announces a client at the head are one write", () => {
    const { sink } = testHub().join({ topics: "a", initial: [{ data: "snapshot" }] });
    expect(sink.writes).toHaveLength(1);
    expect(sink.text).toMatch(/^retry: 2500\ndata: snapshot\n\nevent: sse:live\n/);
  });

  test("come first, without an id, serialized as the hub does", async () => {
    const { hub, join } = testHub({ serialize: "json" });
    const first = await hub.publish("a", { data: "0" });
    const second = await hub.publish("a", { data: "1" });
    const client = join({
      topics: "a",
      lastEventId: first,
      initial: [{ event: "snapshot", data: "text" }, {}],
    });
    expect(client.sink.text).toMatch(
      `retry: 2500\nevent: snapshot\ndata: "text"\n\ndata: \n\nid: ${second}\ndata: "1"\n\nevent: sse:live`,
    );
  });
});

describe("onGap", () => {
  test("may resolve later: nothing that is held comes before its events", async () => {
    let answer: (events: { data: string }[]) => void = () => {};
    const onGap = () =>
      new Promise<{ data: string }[]>((resolve) => {
        answer = resolve;
      });
    const world = testHub({ bounds: { maxEvents: 1 }, onGap });
    const first = await world.hub.publish("a", { data: "0" });
    for (const data of ["1", "2"]) await world.hub.publish("a", { data });
    const client = world.join({ topics: "a", lastEventId: first });
    await settle();
    expect([client.data, client.said("sse:gap").length]).toEqual([[], 1]);
    void world.hub.publish("a", { data: "3" });
    await world.tick();
    answer([{ data: "snapshot" }]);
    await settle();
    expect(client.data[0]).toBe("snapshot");
    expect(client.data.at(-1)).toBe("3");
    expect(client.connection.state).toBe("live");
  });

  test("that rejects is reported, and the stream goes on", async () => {
    const world = testHub({
      bounds: { maxEvents: 1 },
      onGap: () => Promise.reject(new Error("no database")),
    });
    const hooks = recordHooks(world.hub);
    const client = world.join({ topics: "a", lastEventId: "unknown" });
    await settle();
    expect(hooks["error"]).toEqual([{ error: new Error("no database") }]);
    expect(client.connection.state).toBe("live");
  });

  test("writes nothing to a client that left meanwhile", async () => {
    let answer: () => void = () => {};
    const onGap = () =>
      new Promise<{ data: string }[]>((resolve) => (answer = () => resolve([{ data: "x" }])));
    const world = testHub({ onGap });
    const client = world.join({ lastEventId: "unknown" });
    await settle();
    client.connection.close();
    answer();
    await settle();
    expect(client.sink.text).not.toContain("data: x");
  });
});

describe("an entry that no hub has published", () => {
  test.each(["sse:live", "a\nb"])(
    "with the name %j reaches no client, live or later, and is reported once",
    async (event) => {
      const log = createMemoryLog();
      const world = testHub({ log, window: { maxEvents: 2 } });
      const hooks = recordHooks(world.hub);
      const client = world.join({ topics: "a" });
      const start = world.hub.position();
      const append = (data: string, name?: string) =>
        log.append({ channels: ["topic:a"], data, ...(name !== undefined && { event: name }) });
      for (let i = 0; i < 3; i += 1) await append("foreign", event);
      await append("own");
      await world.tick();
      const later = world.join({ topics: "a", lastEventId: start });
      await settle();
      expect([client.data, later.data]).toEqual([["own"], ["own"]]);
      expect([client, later].map(({ connection }) => connection.state)).toEqual(["live", "live"]);
      expect(hooks["error"]).toEqual([{ error: expect.objectContaining({ code: "invalid-event" }) }]);
    },
  );
});

test("a log that is away is reported once for all clients that wait for it", async () => {
  const view = new InstanceLog(createMemoryLog(), 0);
  const world = testHub({ log: view, window: { maxEvents: 1 } });
  const error = vi.fn();
  world.hub.on("error", error);
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) ids.push(await world.hub.publish("a", { data: String(i) }));
  view.failures = Number.POSITIVE_INFINITY;
  const clients = Array.from({ length: 300 }, () => world.join({ topics: "a", lastEventId: ids[0]! }));
  await world.clock.pass(9_000);
  expect(error).toHaveBeenCalledTimes(1);
  await world.clock.pass(2_000);
  expect(error).toHaveBeenCalledTimes(2);
  view.failures = 0;
  await world.clock.pass(1_000);
  for (const { data } of clients) expect(data).toEqual(["1", "2"]);
});
