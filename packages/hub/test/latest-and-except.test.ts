import { describe, expect, test } from "vitest";
import { createHub, type Hub } from "../src/hub.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { ManualClock, settle } from "./support/clock.js";
import { testHub } from "./support/hub.js";
import { InstanceLog } from "./support/instance-log.js";
import { BusNetwork } from "./support/memory-bus.js";
import { openStream } from "./support/sink.js";

describe("replay: { latest: true }", () => {
  test("is the newest entry of each topic, of the user and of the broadcasts, and of each conflate key", async () => {
    const { hub, join } = testHub();
    for (const data of ["a1", "a2"]) await hub.publish("a", { data });
    for (const data of ["b1", "b2"]) await hub.publish("b", { data });
    for (const data of ["x1", "x2"]) await hub.publish("a", { data }, { conflateKey: "x" });
    await hub.publish(["a", "b"], { data: "both" });
    await hub.publish("b", { data: "b3" });
    await hub.sendTo("ann", { data: "mail" });
    for (const data of ["all1", "all2"]) await hub.broadcast({ data });
    await hub.publish("c", { data: "for others" });
    const client = join({ topics: ["a", "b"], user: "ann", replay: { latest: true } });
    await settle();
    expect(client.data).toEqual(["x2", "both", "b3", "mail", "all2"]);
    expect([client.said("sse:gap"), client.connection.state]).toEqual([[], "live"]);
    expect(JSON.parse(client.said("sse:live")[0]!.data!).replayed).toBe(5);
  });

  test("spans pages, leaves nothing out that is published meanwhile, and survives an error of the log", async () => {
    const view = new InstanceLog(createMemoryLog(), 0, { pageLimit: 3, gate: "after" });
    const world = testHub({ log: view, window: { maxEvents: 1 } });
    world.hub.on("error", () => {});
    for (let i = 0; i < 20; i += 1)
      await world.hub.publish("a", { data: String(i) }, { conflateKey: i < 2 ? String(i) : "k" });
    view.failures = 1;
    const client = world.join({ topics: "a", replay: { latest: true } });
    for (let round = 0; round < 60; round += 1) {
      if (round === 3 || round === 12)
        await world.hub.publish("a", { data: `new ${round}` }, { conflateKey: "k" });
      view.openGate();
      await world.clock.pass(200);
      await world.tick();
    }
    expect(client.data).toEqual(["0", "1", ...client.data.slice(2)]);
    expect(client.data.filter((data) => data.startsWith("new"))).toEqual(["new 3", "new 12"]);
    expect(client.data.length).toBeLessThanOrEqual(5);
    expect([client.said("sse:gap"), client.connection.state]).toEqual([[], "live"]);
  });

  test("is nothing where nothing is held, and does not count for a client that resumes", async () => {
    const { hub, join } = testHub();
    expect(join({ topics: "a", replay: { latest: true } }).data).toEqual([]);
    const first = await hub.publish("a", { data: "0" });
    for (const data of ["1", "2"]) await hub.publish("a", { data });
    expect(join({ topics: "a", lastEventId: first, replay: { latest: true } }).data).toEqual(["1", "2"]);
    expect(() => join({ replay: { lates: true } as never })).toThrow(/did you mean "latest"/);
  });
});

describe("except", () => {
  test("keeps an event from one connection: live, while it is behind, and when it is ephemeral", async () => {
    const world = testHub({ window: { maxEvents: 1 } });
    const [one, other] = [world.join({ topics: "a" }), world.join({ topics: "a" })];
    const except = one.connection.id;
    await world.hub.publish("a", { data: "1" }, { except });
    await world.hub.publish("a", { data: "typing" }, { except, ephemeral: true });
    await world.tick();
    one.sink.stall();
    one.sink.write(new Uint8Array(70_000).fill(10));
    for (const data of ["2", "3"]) {
      await world.hub.publish("a", { data });
      await world.hub.publish("a", { data: `not ${data}` }, { except });
      await world.tick();
    }
    one.sink.flow();
    await settle();
    expect(one.data).toEqual(["2", "3"]);
    expect(other.data).toEqual(["1", "typing", "2", "not 2", "3", "not 3"]);
    expect(one.connection.state).toBe("live");
  });

  test("holds on other instances", async () => {
    const clock = new ManualClock();
    const [network, log] = [new BusNetwork(clock), createMemoryLog()];
    const [here, there] = [0, 1].map(() => createHub({ bus: network.connect(), log, clock })) as [Hub, Hub];
    const { stream, sink } = openStream(clock);
    const { id } = there.connect(stream, { topics: "a" });
    await here.publish("a", { data: "1" }, { except: id });
    await here.publish("a", { data: "2" }, { except: id, ephemeral: true });
    await here.publish("a", { data: "3" });
    await settle();
    clock.endTick();
    await settle();
    expect(sink.blocks.filter(({ type }) => type === "message").map(({ data }) => data)).toContain("3");
    expect(sink.text).not.toMatch(/data: [12]\n/);
  });
});

describe("the stall timeout", () => {
  test("does not end a client that reads slowly, and ends one that reads nothing", async () => {
    const world = testHub({ slowReader: { stallTimeout: 1_000 } });
    const client = world.join({ topics: "a" });
    client.sink.stall();
    client.sink.write(new Uint8Array(100_000).fill(10));
    void world.hub.publish("a", { data: "x" });
    await world.tick();
    for (let seconds = 0; seconds < 5; seconds += 1) {
      await world.clock.pass(900);
      client.sink.take(2_000);
      await world.clock.pass(100);
    }
    expect([client.connection.state, client.sink.ending]).toEqual(["catching-up", undefined]);
    await world.clock.pass(2_000);
    expect(client.sink.ending).toBe("destroyed");
  });
});
