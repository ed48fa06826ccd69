import { describe, expect, test } from "vitest";
import { settle } from "../support/clock.js";
import { recordHooks, testHub } from "../support/hub.js";

const lastWrite = ({ sink }: { sink: { writes: Uint8Array[] } }) => sink.writes.at(-1);

describe("what is published in one tick", () => {
  test("reaches each connection in one write", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a", "b"], user: "ann" });
    const writes = client.sink.writes.length;
    void hub.broadcast({ data: "1" });
    await hub.publish("a", { data: "2" });
    await hub.publish(["a", "b"], { data: "3" });
    void hub.sendTo("ann", { data: "4" });
    expect(client.sink.writes).toHaveLength(writes);
    await tick();
    expect(client.sink.writes).toHaveLength(writes + 1);
    expect(client.data).toEqual(["1", "2", "3", "4"]);
  });

  test("is one array of bytes for all connections that get the same events", async () => {
    const { hub, join, tick } = testHub();
    const [one, same, fewer, user] = [
      join({ topics: ["a", "b"] }),
      join({ topics: ["b", "a", "c"] }),
      join({ topics: ["a"] }),
      join({ topics: ["a", "b"], user: "ann" }),
    ];
    void hub.publish("a", { data: "1" });
    void hub.publish("b", { data: "2" });
    void hub.sendTo("ann", { data: "3" });
    await tick();
    expect(lastWrite(one)).toBe(lastWrite(same));
    expect(lastWrite(fewer)).not.toBe(lastWrite(one));
    expect([one, same, fewer, user].map(({ data }) => data.join())).toEqual(["1,2", "1,2", "1", "1,2,3"]);
  });

  test("is the entry's own frame where there is one entry, so that it is framed once for all", async () => {
    const { hub, join, tick } = testHub();
    const clients = [join(), join({ topics: ["a"] }), join({ user: "ann" })];
    await hub.broadcast({ data: "1" });
    await tick();
    expect(new Set(clients.map(lastWrite)).size).toBe(1);
  });

  test("costs those who follow nothing of it no write", async () => {
    const { hub, join, tick } = testHub();
    const client = join({ topics: ["a"], user: "ann" });
    const writes = client.sink.writes.length;
    await hub.publish("b", { data: "1" });
    await hub.sendTo("bob", { data: "2" });
    await tick();
    expect(client.sink.writes).toHaveLength(writes);
  });

  test("is shared rightly however the audiences overlap", async () => {
    const { hub, join, tick } = testHub();
    const names = ["a", "b", "c", "d"];
    const clients = Array.from({ length: 16 }, (_, bits) => {
      const topics = names.filter((_name, i) => bits & (1 << i));
      return { topics, client: join({ topics }) };
    });
    const published = Array.from({ length: 60 }, (_, i) =>
      names.filter((_name, bit) => (i * 7) & (1 << bit)),
    );
    for (const [i, topics] of published.entries())
      void (topics.length === 0
        ? hub.broadcast({ data: String(i) })
        : hub.publish(topics, { data: String(i) }));
    await tick();
    for (const { topics, client } of clients) {
      const wanted = published.flatMap((to, i) =>
        to.length === 0 || to.some((topic) => topics.includes(topic)) ? [String(i)] : [],
      );
      expect(client.data).toEqual(wanted);
    }
  });
});

describe("the flush interval", () => {
  test("gathers what is published over several ticks into one write", async () => {
    const { hub, clock, join, tick } = testHub({ flushInterval: 50, heartbeat: { interval: 0 } });
    const client = join();
    const writes = client.sink.writes.length;
    await hub.broadcast({ data: "1" });
    await tick();
    await clock.pass(30);
    await hub.broadcast({ data: "2" });
    await clock.pass(19);
    expect(client.data).toEqual([]);
    await clock.pass(1);
    expect(client.data).toEqual(["1", "2"]);
    expect(client.sink.writes).toHaveLength(writes + 1);
    expect(clock.timers).toBe(0);
  });

  test("is counted from the first event of each batch", async () => {
    const { hub, clock, join } = testHub({ flushInterval: 50, heartbeat: { interval: 0 } });
    const client = join();
    await hub.broadcast({ data: "1" });
    await clock.pass(60);
    await hub.broadcast({ data: "2" });
    await clock.pass(49);
    expect(client.data).toEqual(["1"]);
    await clock.pass(1);
    expect(client.data).toEqual(["1", "2"]);
  });

  test("does not delay the wait of a later batch when something else has flushed the first", async () => {
    const { hub, clock, join } = testHub({ flushInterval: 50, heartbeat: { interval: 0 } });
    const client = join();
    await hub.broadcast({ data: "1" });
    await clock.pass(40);
    join();
    expect(client.data).toEqual(["1"]);
    await hub.broadcast({ data: "2" });
    await clock.pass(49);
    expect(client.data).toEqual(["1"]);
    await clock.pass(1);
    expect(client.data).toEqual(["1", "2"]);
  });
});

describe("a burst", () => {
  test("is split at the high-water mark, at the borders of events", async () => {
    const { hub, join, tick } = testHub({ slowReader: { maxBatchBytes: 300 } });
    const client = join();
    const writes = client.sink.writes.length;
    for (let i = 0; i < 20; i += 1) void hub.broadcast({ data: "x".repeat(40) });
    await tick();
    const sizes = client.sink.writes.slice(writes).map(({ byteLength }) => byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(300);
    expect(sizes.length).toBeGreaterThan(3);
    expect(client.data).toHaveLength(20);
    for (const write of client.sink.writes.slice(1)) expect(new TextDecoder().decode(write)).toMatch(/\n\n$/);
  });

  test("of one event larger than the mark is one write", async () => {
    const { hub, join, tick } = testHub({ slowReader: { maxBatchBytes: 10 } });
    const client = join();
    const writes = client.sink.writes.length;
    await hub.broadcast({ data: "x".repeat(1_000) });
    await tick();
    expect(client.sink.writes).toHaveLength(writes + 1);
  });

  test("that fills a client in its midst loses nothing for it", async () => {
    const { hub, join, tick } = testHub({ slowReader: { maxBatchBytes: 100 } });
    const client = join(undefined, { capacity: 150 });
    client.sink.stall();
    for (let i = 0; i < 10; i += 1) void hub.broadcast({ data: `${i}${"x".repeat(40)}` });
    await tick();
    client.sink.flow();
    await settle();
    expect(client.data.map((data) => data[0])).toEqual([..."0123456789"]);
  });

  test("keeps its order when a listener publishes in its midst", async () => {
    const { hub, join, tick } = testHub({ slowReader: { maxBatchBytes: 100 } });
    const client = join();
    let echoes = 3;
    hub.on("delivered", () => {
      if (echoes-- > 0) void hub.broadcast({ data: "echo" });
    });
    for (let i = 0; i < 6; i += 1) void hub.broadcast({ data: `${i}${"x".repeat(40)}` });
    await tick();
    await tick();
    const offsets = client.sink.blocks.flatMap(({ type, id }) =>
      type === "message" && id !== undefined ? [Number(id.split("-")[1])] : [],
    );
    expect(offsets).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("an ephemeral event", () => {
  test("goes to those who are live, without an id, and is not stored", async () => {
    const { hub, join, tick } = testHub();
    const [follower, other] = [join({ topics: ["a"] }), join()];
    const id = follower.lastId;
    expect(await hub.publish("a", { event: "typing", data: "ann" }, { ephemeral: true })).toBe("");
    await tick();
    expect(follower.sink.blocks.at(-1)).toMatchObject({ type: "typing", data: "ann", id: undefined });
    expect(other.data).toEqual([]);
    expect(follower.lastId).toBe(id);
    const late = join({ topics: ["a"], replay: { last: 10 } });
    await settle();
    expect(late.data).toEqual([]);
  });

  test("goes in one write with what else is published in the tick", async () => {
    const { hub, join, tick } = testHub();
    const client = join();
    const writes = client.sink.writes.length;
    void hub.broadcast({ data: "1" });
    void hub.broadcast({ data: "2" }, { ephemeral: true });
    void hub.broadcast({ data: "3" });
    await tick();
    expect(client.sink.writes).toHaveLength(writes + 1);
    expect(client.data.toSorted()).toEqual(["1", "2", "3"]);
    expect(client.lastId).toBe(hub.position());
  });

  test("is dropped and counted for a reader that is not live, or has no room", async () => {
    const { hub, join, tick } = testHub();
    const hooks = recordHooks(hub);
    const client = join(undefined, { capacity: 100 });
    client.sink.stall();
    await hub.broadcast({ data: "x".repeat(100) });
    await tick();
    await hub.broadcast({ event: "full", data: "" }, { ephemeral: true });
    await tick();
    await hub.broadcast({ event: "behind", data: "" }, { ephemeral: true });
    await tick();
    expect(hooks["dropped"]).toEqual([
      { connection: client.connection, event: "full" },
      { connection: client.connection, event: "behind" },
    ]);
    expect(hub.stats().dropped).toBe(2);
    client.sink.flow();
    await settle();
    expect(client.data).toEqual(["x".repeat(100)]);
  });

  test("is neither sent to nor dropped for a client that came after it was published", async () => {
    const { hub, join, tick } = testHub();
    await hub.broadcast({ data: "early" }, { ephemeral: true });
    const client = join();
    await tick();
    expect(client.data).toEqual([]);
    expect(hub.stats().dropped).toBe(0);
  });

  test("larger than the high-water mark does not hold up or repeat what waits", async () => {
    const { hub, join, tick } = testHub({ slowReader: { maxBatchBytes: 50 } });
    const client = join();
    void hub.broadcast({ data: "1" });
    void hub.broadcast({ data: "e".repeat(100) }, { ephemeral: true });
    void hub.broadcast({ data: "2" });
    await tick();
    expect(client.data).toEqual(["1", "e".repeat(100), "2"]);
  });
});

describe("the hook `delivered`", () => {
  test("fires once a flush, not once a connection", async () => {
    const { hub, join, tick } = testHub();
    const clients = [join(), join(), join({ topics: ["a"] })];
    const hooks = recordHooks(hub);
    void hub.broadcast({ data: "1" });
    void hub.publish("a", { data: "2" });
    const before = clients.map(({ sink }) => sink.text.length);
    await tick();
    const bytes = clients.reduce((sum, { sink }, i) => sum + sink.text.length - before[i]!, 0);
    expect(hooks["delivered"]).toEqual([{ events: 4, connections: 3, bytes }]);
    expect(hub.stats().delivered).toBe(4);
  });

  test("does not count those who fell behind", async () => {
    const { hub, join, tick } = testHub();
    const client = join(undefined, { capacity: 50 });
    client.sink.stall();
    await hub.broadcast({ data: "x".repeat(50) });
    await tick();
    const hooks = recordHooks(hub);
    await hub.broadcast({ data: "y" });
    await tick();
    expect(hooks["delivered"]).toEqual([{ events: 0, connections: 0, bytes: 0 }]);
    expect(hooks["lagging"]).toEqual([{ connection: client.connection }]);
  });
});
