import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type EndpointRequest, prepareSubscriptionEndpoint } from "../../src/adapter/index.js";
import { decodeMessage } from "../../src/cluster/decode-message.js";
import { encodeMessage } from "../../src/cluster/messages.js";
import {
  createHub,
  type HubConnection,
  type SubscriptionChange,
  type TopicChangeResult,
} from "../../src/index.js";
import { settle } from "../support/clock.js";
import { type Instance, testCluster } from "../support/cluster.js";
import { openStream } from "../support/sink.js";

/** The messages of a kind that were sent. */
function said(sent: readonly string[], kind: string) {
  return sent.map((text) => decodeMessage(text).message).filter((message) => message.kind === kind);
}

/** Returns the state of a promise without waiting for it. */
function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: unknown; settled: boolean } {
  const outcome: { value?: T; error?: unknown; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(outcome, { value, settled: true }),
    (error: unknown) => Object.assign(outcome, { error, settled: true }),
  );
  return outcome;
}

/** An id of an instance that may exist, for all that one knows that has just started. */
const unheardOf = (i: number) => `${i}~other.0123456789abcdef`;

describe("findConnection", () => {
  test("finds a connection to this instance without a message: it is the connection itself", async () => {
    const { start, network } = testCluster();
    const [one] = [start(), start()];
    const { connection } = one.join({ user: "ann" });
    network.sent.length = 0;
    expect(await one.hub.findConnection(connection.id)).toBe(connection);
    expect(network.sent).toEqual([]);
  });

  test("finds a connection to another instance, with everything but its metadata", async () => {
    const { start, network } = testCluster();
    const [one, two] = [start(), start()];
    start();
    const { connection } = two.join({ user: "ann", topics: ["a", "b"], metadata: { role: "admin" } });
    network.sent.length = 0;
    const found = await one.hub.findConnection(connection.id);
    expect(found).toMatchObject({
      id: connection.id,
      user: "ann",
      topics: new Set(["a", "b"]),
      connectedAt: connection.connectedAt,
    });
    expect(() => found?.metadata).toThrow(
      expect.objectContaining({ code: "handler-failed", field: "metadata" }),
    );
    expect(network.sent).toHaveLength(2);
  });

  test("is told at once by the instance that it has no such connection any more", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join();
    connection.close();
    expect(await one.hub.findConnection(connection.id)).toBeUndefined();
  });

  test("asks the one instance that the id names, and no other responds", async () => {
    const { start, network } = testCluster();
    const [one, two] = [start(), start(), start()];
    const { connection } = two.join();
    network.sent.length = 0;
    await one.hub.findConnection(connection.id);
    expect(network.sent.map((text) => decodeMessage(text).message.kind)).toEqual(["find", "found"]);
  });

  test("asks no instance for an id that no instance can have given", async () => {
    const { start, network, pass } = testCluster();
    const [one, two] = [start(), start()];
    const issued = two.join().connection.id.split("~")[1];
    await pass(3_000);
    network.sent.length = 0;
    for (let i = 0; i < 3_000; i += 1) {
      const [random, other] = [crypto.randomUUID(), crypto.randomUUID()];
      const id = [random, `${random}~${other}.0123456789abcdef`, `${random}~${issued}`][i % 3]!;
      expect(await one.hub.findConnection(id)).toBeUndefined();
    }
    expect(network.sent).toEqual([]);
  });

  test("does not take the room of changes, however many ids are asked for", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const ids = Array.from({ length: 1_002 }, () => two.join().connection.id);
    const found = (await one.hub.findConnection(ids[0]!))!;
    two.bus.cut();
    for (const id of ids.slice(1, -1)) void one.hub.findConnection(id);
    await expect(one.hub.findConnection(ids.at(-1)!)).rejects.toMatchObject({ code: "overloaded" });
    const changed = outcomeOf(one.hub.changeTopics(found, { subscribe: ["a"] }));
    await pass(2_000);
    expect(changed.error).toMatchObject({ code: "log-unavailable" });
  });

  test("asks once, however many want the same connection at once", async () => {
    const { start, network } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join();
    network.delay = 10;
    network.sent.length = 0;
    for (let i = 0; i < 5_000; i += 1) void one.hub.findConnection(connection.id);
    expect(said(network.sent, "find")).toHaveLength(1);
  });

  test("finds by the id of its stream what is connected to this instance", async () => {
    const { start, clock } = testCluster();
    const one = start();
    const connection = one.hub.connect(openStream(clock, { id: "chosen" }).stream);
    expect(connection.id).toMatch(/^chosen~/);
    expect(one.hub.connection("chosen")).toBe(connection);
    expect(one.hub.connection(connection.id)).toBe(connection);
  });

  test("knows after two seconds that no instance has it, and leaves no timer behind", async () => {
    const { start, pass, clock } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join();
    two.bus.cut();
    const timers = clock.timers;
    const asked = outcomeOf(one.hub.findConnection(connection.id));
    await pass(1_999);
    expect(asked.settled).toBe(false);
    await pass(1);
    expect(asked).toEqual({ settled: true, value: undefined });
    expect(clock.timers).toBe(timers);
  });

  test("asks no instance where there is no bus, or for what is no id", async () => {
    expect(await createHub().findConnection("x")).toBeUndefined();
    const { start, network } = testCluster();
    const one = start();
    network.sent.length = 0;
    expect(await one.hub.findConnection("")).toBeUndefined();
    expect(await one.hub.findConnection("x".repeat(257))).toBeUndefined();
    expect(network.sent).toEqual([]);
  });

  test("says that it cannot ask while there is no link, and while the bus hangs", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join();
    const unavailable = expect.objectContaining({ code: "log-unavailable" });
    one.bus.cut();
    await expect(one.hub.findConnection(connection.id)).rejects.toEqual(unavailable);
    one.bus.mend();
    one.bus.answers = false;
    const asked = outcomeOf(one.hub.findConnection(connection.id));
    await pass(2_000);
    expect(asked.error).toEqual(unavailable);
  });

  test("keeps a thousand questions at most", async () => {
    const { start, pass, network } = testCluster();
    const one = start();
    const asked = Array.from({ length: 1_000 }, (_, i) => outcomeOf(one.hub.findConnection(unheardOf(i))));
    await expect(one.hub.findConnection(unheardOf(1_000))).rejects.toMatchObject({ code: "overloaded" });
    expect(said(network.sent, "find")).toHaveLength(1_000);
    await pass(2_000);
    expect(asked.every(({ settled }) => settled)).toBe(true);
    const again = outcomeOf(one.hub.findConnection(unheardOf(1_001)));
    await pass(2_000);
    expect(again).toEqual({ settled: true, value: undefined });
  });

  test("is over when the hub closes, and asks no instance afterwards", async () => {
    const { start, network, clock } = testCluster();
    const one = start();
    const asked = outcomeOf(one.hub.findConnection(unheardOf(1)));
    await one.hub.close();
    await settle();
    expect(asked).toEqual({ settled: true, value: undefined });
    expect(clock.timers).toBe(0);
    network.sent.length = 0;
    expect(await one.hub.findConnection(unheardOf(1))).toBeUndefined();
    expect(network.sent).toEqual([]);
  });
});

describe("changeTopics", () => {
  test("reaches a connection wherever it is: what is published from then on follows it, on every instance", async () => {
    const { start, pass } = testCluster();
    const [one, two, three] = [start(), start(), start()];
    const { connection, sink } = two.join({ user: "ann", topics: ["a"] });
    for (const [{ hub }, topics] of [
      [one, ["a", "b"]],
      [two, ["a", "b", "c"]],
      [three, ["a", "b", "c", "d"]],
    ] as const) {
      const found = await hub.findConnection(connection.id);
      const subscribe = [topics.at(-1)!];
      expect(await hub.changeTopics(found!, { subscribe })).toEqual({ topics });
      await hub.publish(subscribe, { data: `of ${subscribe}` });
    }
    const found = await one.hub.findConnection(connection.id);
    expect(await one.hub.changeTopics(found!, { unsubscribe: ["a", "b", "c"] })).toEqual({ topics: ["d"] });
    await one.hub.publish(["a", "b", "c"], { data: "of none" });
    await pass(1_000);
    expect(sink.text.match(/data: of .*/g)).toEqual(["data: of b", "data: of c", "data: of d"]);
    expect([one.hub.users("a"), three.hub.users("d")]).toEqual([[], ["ann"]]);
  });

  test("changes all or nothing, at home and from afar alike", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ topics: ["a"] });
    for (const { hub } of [one, two]) {
      const found = (await hub.findConnection(connection.id))!;
      expect(await hub.changeTopics(found, { subscribe: ["b", "c"], maxTopics: 2 })).toEqual({
        refusal: "too-many-topics",
      });
      const invalid = expect.objectContaining({ code: "invalid-option" });
      await expect(hub.changeTopics(found, { subscribe: ["b", ""] })).rejects.toEqual(invalid);
      await expect(hub.changeTopics(found, { unsubscribe: ["a", ""] })).rejects.toEqual(invalid);
      await expect(hub.changeTopics(found, { maxTopics: 0 })).rejects.toEqual(invalid);
      expect([...connection.topics]).toEqual(["a"]);
      expect(await hub.changeTopics(found, { subscribe: ["a"], unsubscribe: ["a"], maxTopics: 1 })).toEqual({
        topics: ["a"],
      });
    }
  });

  test("tells that the connection has ended since it was found", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    for (const { hub } of [one, two]) {
      const { connection } = two.join();
      const found = (await hub.findConnection(connection.id))!;
      connection.close();
      expect(await hub.changeTopics(found, { subscribe: ["b"] })).toEqual({ refusal: "ended" });
    }
  });

  test("does not reach another one that has taken the id over: neither another user's, nor one on another instance", async () => {
    const { start, clock } = testCluster();
    const [one, two, three] = [start(), start(), start()];
    const connect = ({ hub }: Instance, user: string): HubConnection =>
      hub.connect(openStream(clock, { id: "chosen" }).stream, { user });
    const first = connect(two, "ann");
    const found = (await one.hub.findConnection(first.id))!;
    first.close();
    const others = [connect(two, "bob"), connect(three, "ann")];
    expect(await one.hub.changeTopics(found, { subscribe: ["b"] })).toEqual({ refusal: "ended" });
    expect(await two.hub.changeTopics(first, { subscribe: ["b"] })).toEqual({ refusal: "ended" });
    expect(others.map(({ topics }) => [...topics])).toEqual([[], []]);
    expect([two.hub.connection("chosen"), three.hub.connection("chosen")]).toEqual(others);
  });

  test("rejects after two seconds where the connection's instance has died, and at once where there is no link", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join();
    const found = (await one.hub.findConnection(connection.id))!;
    two.bus.cut();
    const asked = outcomeOf(one.hub.changeTopics(found, { subscribe: ["b"] }));
    await pass(1_999);
    expect(asked.settled).toBe(false);
    await pass(1);
    const unavailable = expect.objectContaining({ code: "log-unavailable" });
    expect(asked.error).toEqual(unavailable);
    one.bus.cut();
    await expect(one.hub.changeTopics(found, { subscribe: ["b"] })).rejects.toEqual(unavailable);
  });

  test("takes no answer to another question for its own", async () => {
    const { start, network, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann" });
    const stranger = network.connect();
    network.loses = (to) => to === two.bus;
    const asked = outcomeOf(one.hub.findConnection(connection.id));
    const answer = { user: "bob", topics: [], connectedAt: 0 };
    await stranger.send(
      encodeMessage("stranger", { kind: "found", request: crypto.randomUUID(), connection: answer }),
    );
    await pass(1_999);
    expect(asked.settled).toBe(false);
    await pass(1);
    expect(asked).toEqual({ settled: true, value: undefined });
    expect(one.errors).toEqual([]);
  });

  const topic: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c");
  const schedules = fc.record({
    delay: fc.constantFrom(0, 5, 400, 999),
    changes: fc.array(
      fc.record({
        instance: fc.nat(2),
        subscribe: fc.uniqueArray(topic),
        unsubscribe: fc.uniqueArray(topic),
        /** The messages that follow and get lost, as flags. */
        losses: fc.array(fc.boolean(), { maxLength: 5 }),
      }),
      { maxLength: 8 },
    ),
  });

  test("that is repeated until it is answered holds, whatever instance is asked and whatever the bus loses", async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async ({ delay, changes }) => {
        const { start, pass, network } = testCluster();
        network.delay = delay;
        const instances = [start(), start(), start()];
        const { connection } = instances[0]!.join({ user: "ann", topics: ["a"] });
        let expected = new Set(["a"]);
        for (const { instance, subscribe, unsubscribe, losses } of changes) {
          const { hub } = instances[instance]!;
          const left = [...losses];
          network.loses = (_, message) =>
            /"kind":"(find|found|change|changed)"/.test(message) && left.shift() === true;
          const attempt = async (): Promise<TopicChangeResult | undefined> => {
            const found = await hub.findConnection(connection.id);
            return found && hub.changeTopics(found, { subscribe, unsubscribe });
          };
          let result: TopicChangeResult | undefined;
          for (let attempts = 0; result === undefined && attempts < 10; attempts += 1) {
            const asked = outcomeOf(attempt());
            await pass(4_000);
            result = asked.value;
          }
          const dropped = new Set(unsubscribe);
          expected = new Set([...[...expected].filter((one) => !dropped.has(one)), ...subscribe]);
          expect(connection.topics).toEqual(expected);
          expect(new Set((result as { topics: string[] }).topics)).toEqual(expected);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("the subscription endpoint on several instances", () => {
  function request(body: unknown): EndpointRequest {
    const headers: Record<string, string> = { "content-type": "application/json" };
    return { method: "POST", header: (name) => headers[name], body: async () => JSON.stringify(body) };
  }

  /** The request stands for who sent it. */
  function endpointOf(
    { hub }: Instance,
    authorize = (user: string, { connection }: SubscriptionChange) => connection.user === user,
  ) {
    const calls = vi.fn(authorize);
    const serve = prepareSubscriptionEndpoint<string>(hub, { authorize: calls, maxTopics: 2 });
    const post = async (user: string, body: unknown) => {
      const { status, body: text } = await serve(request(body), user);
      return { status, json: JSON.parse(text) as Record<string, unknown> };
    };
    return { post, calls };
  }

  test("answers the same, whichever instance is asked", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    for (const asked of [one, two]) {
      const { connection } = two.join({ user: "ann", topics: ["a"] });
      const { post } = endpointOf(asked);
      const { id } = connection;
      expect(await post("ann", { connection: id, subscribe: ["b", "c"] })).toMatchObject({
        status: 422,
        json: { code: "too-many-topics" },
      });
      expect(await post("bob", { connection: id, subscribe: ["b"] })).toMatchObject({ status: 403 });
      expect([...connection.topics]).toEqual(["a"]);
      expect(await post("ann", { connection: id, subscribe: ["b"], unsubscribe: ["a"] })).toEqual({
        status: 200,
        json: { topics: ["b"] },
      });
      expect([...connection.topics]).toEqual(["b"]);
    }
  });

  test("serves changes while it is flooded with ids that no instance has", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann" });
    await pass(3_000);
    const { post, calls } = endpointOf(one);
    const issued = connection.id.split("~")[1];
    const flood = Array.from({ length: 1_190 }, (_, i) =>
      post("anonymous", { connection: `${i}~${issued}`, subscribe: ["b"] }),
    );
    const changed = await post("ann", { connection: connection.id, subscribe: ["b"] });
    expect(changed).toEqual({ status: 200, json: { topics: ["b"] } });
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([404]));
    expect(calls).toHaveBeenCalledTimes(1);
  });

  test("lets a client that is not authorized change nothing, and sends no change", async () => {
    const { start, network } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann" });
    const { post, calls } = endpointOf(one);
    expect((await post("bob", { connection: connection.id, subscribe: ["b"] })).status).toBe(403);
    expect(calls).toHaveBeenCalledTimes(1);
    expect(said(network.sent, "change")).toEqual([]);
    expect([...connection.topics]).toEqual([]);
  });

  test("fails where a right is decided by metadata that are elsewhere, instead of giving it", async () => {
    const { start } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann", metadata: "ann's account" });
    const { post } = endpointOf(one, (account, { connection: { metadata } }) => metadata === account);
    await expect(
      post("ann's account", { connection: connection.id, subscribe: ["b"] }),
    ).rejects.toMatchObject({ code: "handler-failed" });
    expect([...connection.topics]).toEqual([]);
  });

  test("answers 404 for a connection that no instance has, and 503 while it cannot ask", async () => {
    const { start, pass } = testCluster();
    const [one, two] = [start(), start()];
    const { connection } = two.join({ user: "ann" });
    const { post } = endpointOf(one);
    const asked = outcomeOf(
      post("ann", { connection: `stranger's~${connection.id.split("~")[1]}`, subscribe: ["b"] }),
    );
    await pass(2_000);
    expect(asked.value).toMatchObject({ status: 404, json: { code: "unknown-connection" } });
    one.bus.cut();
    expect(await post("ann", { connection: connection.id, subscribe: ["b"] })).toMatchObject({
      status: 503,
      json: { code: "log-unavailable" },
    });
  });
});
