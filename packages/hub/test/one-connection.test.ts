import { describe, expect, expectTypeOf, test } from "vitest";
import { createHub, type HubConnection, type Subscription } from "../src/index.js";
import { settle } from "./support/clock.js";
import { recordHooks, testHub } from "./support/hub.js";

describe("connection.send", () => {
  test("reaches that connection only, in order, without an id, serialized as the hub does", async () => {
    const { hub, join } = testHub({ serialize: "json" });
    const [one, other] = [join({ topics: "a" }), join({ topics: "a" })];
    void hub.publish("a", { data: "before" });
    expect(await one.connection.send({ event: "hello", data: "you" })).toBe(true);
    expect(await one.connection.send({})).toBe(true);
    await settle();
    expect(one.data).toEqual(['"before"', '"you"', ""]);
    expect(one.lastId).toBe(hub.position());
    expect(other.data).toEqual(['"before"']);
  });

  test("waits for a client that does not read, and is false once it has left", async () => {
    const { join } = testHub();
    const client = join();
    client.sink.stall();
    client.sink.write(new Uint8Array(70_000).fill(58));
    const sent = client.connection.send({ data: "late" });
    await settle();
    expect(client.data).toEqual([]);
    client.sink.flow();
    expect(await sent).toBe(true);
    expect(client.sink.text.endsWith("data: late\n\n")).toBe(true);
    client.sink.leave();
    await settle();
    expect(await client.connection.send({ data: "x" })).toBe(false);
  });

  test("rejects, and reports, an event that cannot be sent; it need not be awaited", async () => {
    const { hub, join } = testHub();
    const hooks = recordHooks(hub);
    const { connection } = join();
    void connection.send({ data: 1n });
    await expect(connection.send({ event: "sse:live" })).rejects.toMatchObject({ code: "reserved" });
    await settle();
    expect(hooks["error"]).toMatchObject([
      { error: { code: "unserializable" } },
      { error: { code: "reserved" } },
    ]);
    expect(connection.state).toBe("live");
  });

  test("is checked by the schema of the event", async () => {
    const number = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) =>
          typeof value === "number" ? { value } : { issues: [{ message: "a number" }] },
      },
    };
    const { hub, join } = testHub({ events: { price: number } as never });
    hub.on("error", () => {});
    const { connection } = join();
    await expect(connection.send({ event: "price", data: "x" })).rejects.toMatchObject({
      code: "invalid-event",
    });
    expect(await connection.send({ event: "price", data: 7 })).toBe(true);
  });
});

describe("connections and disconnect select", () => {
  function people() {
    const world = testHub();
    const ann = world.join({ user: "ann", topics: "a" });
    const tab = world.join({ user: "ann", topics: "b" });
    const bob = world.join({ user: "bob", topics: ["a", "b"] });
    return { ...world, ann: ann.connection, tab: tab.connection, bob: bob.connection };
  }

  test("by topic, by user, or both", () => {
    const { hub, ann, tab, bob } = people();
    expect(hub.connections()).toEqual([ann, tab, bob]);
    expect(hub.connections({ topic: "a" })).toEqual([ann, bob]);
    expect(hub.connections({ user: "ann" })).toEqual([ann, tab]);
    expect(hub.connections({ user: "ann", topic: "b" })).toEqual([tab]);
    expect(hub.connections({ topic: "none" })).toEqual([]);
  });

  test("a topic's connections, which end with a retry", async () => {
    const { hub, tab } = people();
    expect(hub.disconnect({ topic: "a" }, { retry: 9_000 })).toBe(2);
    expect(hub.connections()).toEqual([tab]);
  });
});

test("positions are compared in the order of the log, and those of another one are not", async () => {
  const { hub } = testHub();
  const [first, second] = [await hub.broadcast({}), await hub.broadcast({})];
  expect(hub.compare(first, second)).toBeLessThan(0);
  expect(hub.compare(second, first)).toBeGreaterThan(0);
  expect(hub.compare(first, first)).toBe(0);
  expect(hub.compare(first, await testHub().hub.broadcast({}))).toBeNaN();
});

test("a hub says that it is closing from the call of close on", async () => {
  const { hub, clock, join } = testHub();
  join();
  expect(hub.closing).toBe(false);
  const closed = hub.close({ drain: 1_000 });
  expect(hub.closing).toBe(true);
  await clock.pass(1_000);
  await closed;
  expect(hub.closing).toBe(true);
});

describe("typed metadata", () => {
  interface Session {
    role: "admin" | "guest";
  }
  const hub = createHub<Record<string, unknown>, Session>();

  test("is required in a subscription, and found on connections and in hooks", () => {
    expectTypeOf(hub.connections()).toEqualTypeOf<HubConnection<Session>[]>();
    hub.on("connect", ({ connection }) => expectTypeOf(connection.metadata).toEqualTypeOf<Session>());
    expectTypeOf<Subscription<Session>>().toHaveProperty("metadata").toEqualTypeOf<Session>();
    // @ts-expect-error metadata is missing
    const missing: Subscription<Session> = { topics: "a" };
    const untyped: Subscription = { topics: "a", user: undefined };
    expect([missing, untyped]).toHaveLength(2);
  });

  test("is anything by default", () => {
    expectTypeOf(createHub().connections()).toEqualTypeOf<HubConnection<unknown>[]>();
  });
});
