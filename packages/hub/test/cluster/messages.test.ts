import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/cluster/decode-message.js";
import { type BusMessage, encodeMessage } from "../../src/cluster/messages.js";
import { chunkPresence } from "../../src/cluster/presence-chunks.js";
import { testCluster } from "../support/cluster.js";

const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const count = fc.nat();
const place = fc.record({
  topic: fc.option(name, { nil: undefined }),
  connections: count,
  joined: fc.array(name),
  left: fc.array(name),
});

const user = fc.option(name, { nil: undefined });
const topicChange = fc.oneof(
  fc.record({ subscribe: fc.array(name), unsubscribe: fc.array(name) }),
  fc.record({ subscribe: fc.array(name), unsubscribe: fc.array(name), maxTopics: count }),
);

const messages: fc.Arbitrary<BusMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("event" as const),
    channels: fc.array(
      fc.oneof(
        fc.constant("*" as const),
        name.map((topic) => `topic:${topic}` as const),
        name.map((user) => `user:${user}` as const),
      ),
      { minLength: 1 },
    ),
    event: fc.option(fc.constantFrom("goal", "é {}", '"'), { nil: undefined }),
    data: fc.string({ unit: "grapheme" }),
  }),
  fc.record({
    kind: fc.constant("heartbeat" as const),
    seq: count,
    hello: fc.boolean(),
    key: fc.constant("0123456789abcdef"),
  }),
  fc.record({ kind: fc.constant("delta" as const), seq: count, changes: fc.array(place) }),
  fc.record({
    kind: fc.constant("snapshot" as const),
    seq: count,
    part: fc.constant(2),
    parts: fc.constant(3),
    changes: fc.array(place),
  }),
  fc.record({ kind: fc.constant("snapshot-request" as const), instances: fc.array(fc.uuid()) }),
  fc.record({
    kind: fc.constant("disconnect" as const),
    target: fc.oneof(fc.record({ user: name }), fc.record({ connection: fc.uuid() })),
    retry: fc.option(count, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("find" as const),
    request: fc.uuid(),
    instance: fc.uuid(),
    connection: name,
  }),
  fc.record({
    kind: fc.constant("change" as const),
    request: fc.uuid(),
    instance: fc.uuid(),
    connection: name,
    user,
    change: topicChange,
  }),
  fc.record({
    kind: fc.constant("found" as const),
    request: fc.uuid(),
    connection: fc.option(fc.record({ user, topics: fc.array(name), connectedAt: count }), {
      nil: undefined,
    }),
  }),
  fc.record({
    kind: fc.constant("changed" as const),
    request: fc.uuid(),
    result: fc.oneof(
      fc.record({ topics: fc.array(name) }),
      fc.record({ refusal: fc.constantFrom("ended" as const, "too-many-topics" as const) }),
    ),
  }),
  fc.constant({ kind: "leave" as const }),
  fc.record({ kind: fc.constant("handover" as const), heir: fc.uuid(), changes: fc.array(place) }),
);

const id = "5e8c1c3e-0000-4000-8000-000000000000";

describe("a message", () => {
  test("is understood as it was meant", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const text = encodeMessage(id, message);
        expect(decodeMessage(text)).toEqual({ from: id, message });
      }),
    );
  });

  test("with JSON as its data does not escape that again", () => {
    const data = JSON.stringify({ text: '"'.repeat(100) });
    const text = encodeMessage(id, { kind: "event", channels: ["*"], event: undefined, data });
    expect(text.endsWith(`\n${data}`)).toBe(true);
  });

  const event = { sse: 2, from: id, kind: "event", channels: ["*"] };
  const state = { sse: 2, from: id, kind: "snapshot", seq: 1, part: 0, parts: 1, changes: [] };
  const changes = { sse: 2, from: id, kind: "delta", seq: 1 };
  const find = { sse: 2, from: id, kind: "find", request: id, instance: id, connection: "c" };
  const noChange = { subscribe: [], unsubscribe: [] };
  const change = { ...find, kind: "change", change: noChange };
  const facts = { topics: [], connectedAt: 0 };
  const found = { ...find, kind: "found", connection: facts };
  const changed = { ...find, kind: "changed", result: { topics: [] } };
  const here = { connections: 1, joined: [], left: [] };

  test.each<[string, unknown]>([
    ["no JSON", "hello"],
    ["no object", "[1]"],
    ["null", null],
    ["no sender", { ...event, from: undefined }],
    ["a sender that is no id", { ...event, from: "a\nb" }],
    ["an endless sender", { ...event, from: "a".repeat(65) }],
    ["another version", { ...event, sse: 3 }],
    ["no version", { ...event, sse: undefined }],
    ["another kind", { ...event, kind: "shutdown" }],
    ["a kind from the prototype", { ...event, kind: "__proto__" }],
    ["an event without channels", { ...event, channels: [] }],
    ["an event for a channel that is none", { ...event, channels: ["topic:"] }],
    ["an event for a channel of another sort", { ...event, channels: ["group:a"] }],
    ["an event for an endless channel", { ...event, channels: [`topic:${"x".repeat(257)}`] }],
    ["an event whose channels are no list", { ...event, channels: "*" }],
    ["an event whose name forges a field", { ...event, event: "a\ndata: x" }],
    ["an event with a name of the hub", { ...event, event: "sse:live" }],
    ["an event whose name is no text", { ...event, event: 1 }],
    ["a heartbeat without a number", { sse: 2, from: id, kind: "heartbeat", seq: -1, key: "0".repeat(16) }],
    ["a heartbeat without a key", { sse: 2, from: id, kind: "heartbeat", seq: 1, key: "0" }],
    ["changes without a number", { ...changes, changes: [], seq: "1" }],
    ["changes of nothing", changes],
    ["changes at a place that is no name", { ...changes, changes: [{ ...here, topic: 1 }] }],
    ["changes with half a connection", { ...changes, changes: [{ ...here, connections: 0.5 }] }],
    ["changes with users who are none", { ...changes, changes: [{ ...here, joined: [""] }] }],
    ["changes with users who are no list", { ...changes, changes: [{ ...here, left: {} }] }],
    ["changes at null", { ...changes, changes: [null] }],
    ["a part beyond the last", { ...state, part: 1 }],
    ["a part of a part", { ...state, part: 0.5, parts: 2 }],
    ["a state of nothing", { ...state, changes: undefined }],
    ["a question without a recipient", { sse: 2, from: id, kind: "snapshot-request" }],
    ["a question to what is no id", { sse: 2, from: id, kind: "snapshot-request", instances: [{}] }],
    ["the end of no connection", { sse: 2, from: id, kind: "disconnect", target: {} }],
    ["the end of null", { sse: 2, from: id, kind: "disconnect", target: null }],
    ["an end with a bad retry", { sse: 2, from: id, kind: "disconnect", target: { user: "a" }, retry: -1 }],
    ["a question that cannot be answered", { ...find, request: "" }],
    ["a question for no connection", { ...find, connection: "" }],
    ["a question to no instance", { ...find, instance: undefined }],
    ["grace periods without an heir", { sse: 2, from: id, kind: "handover", changes: [] }],
    ["grace periods without changes", { sse: 2, from: id, kind: "handover", heir: id }],
    ["a kind that every object has", { ...event, kind: "constructor" }],
    ["more bytes than a bus carries", { ...event, event: "x".repeat(524_288) }],
    ["a change for no instance", { ...change, instance: undefined }],
    ["a change for no connection", { ...change, connection: undefined }],
    ["a change for a user who is none", { ...change, user: "" }],
    ["a change of nothing", { ...change, change: null }],
    ["a change to a topic that is none", { ...change, change: { ...noChange, subscribe: [""] } }],
    ["a change from a topic that is none", { ...change, change: { ...noChange, unsubscribe: [1] } }],
    ["a change with a bad bound", { ...change, change: { ...noChange, maxTopics: -1 } }],
    ["an answer to nothing", { ...found, request: undefined }],
    ["a connection that is none", { ...found, connection: null }],
    ["a connection of a user who is none", { ...found, connection: { ...facts, user: 1 } }],
    ["a connection with topics that are none", { ...found, connection: { ...facts, topics: [""] } }],
    ["a connection from no time", { ...found, connection: { topics: [] } }],
    ["no result", { ...changed, result: null }],
    ["a result of another sort", { ...changed, result: { refusal: "no" } }],
    ["a result with topics that are none", { ...changed, result: { topics: "a" } }],
  ])("with %s is refused, and takes no hub down", (_, value) => {
    const text = typeof value === "string" ? value : `${JSON.stringify(value)}\ndata`;
    expect(() => decodeMessage(text)).toThrow(
      expect.objectContaining({ code: "invalid-field", field: "bus" }),
    );
    const { start } = testCluster();
    const one = start();
    const client = one.join();
    for (let i = 0; i < 3; i += 1) one.bus.deliver(text);
    expect(one.errors).toEqual([expect.objectContaining({ code: "invalid-field", field: "bus" })]);
    expect(client.connection.state).toBe("live");
    expect(one.hub.stats().instances).toBe(1);
  });

  test("of any kind with anything in its fields is decoded or refused, and takes no hub down", () => {
    const junk = fc.oneof(fc.anything(), fc.constantFrom<unknown>(1, 0, id, "topic:a", [], {}, ["*"], [id]));
    const kinds = [
      "event",
      "heartbeat",
      "delta",
      "snapshot",
      "snapshot-request",
      "disconnect",
      "find",
      "change",
    ];
    const hostile = fc.record(
      {
        sse: fc.constant(2),
        from: fc.constant(id),
        kind: fc.constantFrom(...kinds, "found", "changed", "leave", "handover", "toString"),
        seq: junk,
        part: junk,
        parts: junk,
        changes: fc.oneof(junk, fc.array(fc.oneof(place, junk))),
        instances: junk,
        instance: junk,
        channels: junk,
        event: junk,
        request: junk,
        connection: junk,
        user: junk,
        change: junk,
        result: junk,
        target: junk,
        retry: junk,
        heir: junk,
      },
      { requiredKeys: ["sse", "from", "kind"] },
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 10 }), (several) => {
        const { start } = testCluster();
        const one = start();
        const client = one.join({ user: "ann", topics: ["a"] });
        for (const message of several) {
          let text: string;
          try {
            text = `${JSON.stringify(message)}\ndata`;
          } catch {
            continue;
          }
          one.bus.deliver(text);
        }
        for (const error of one.errors) expect(error).toMatchObject({ name: "SseError" });
        expect(one.hub.isOnline("ann", { scope: "instance" })).toBe(true);
        expect(client.connection.topics).toEqual(new Set(["a"]));
      }),
      { numRuns: 300 },
    );
  });

  test("without data is no event", () => {
    expect(() => decodeMessage(JSON.stringify(event))).toThrow(expect.objectContaining({ field: "bus" }));
  });

  test("of any text at all is read or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { start } = testCluster();
        const one = start();
        one.bus.deliver(text);
        expect(one.errors).toHaveLength(1);
      }),
    );
  });
});

describe("what is too long for one message", () => {
  const bytesOf = (part: unknown) => Buffer.byteLength(JSON.stringify(part));

  test("is divided, and loses nothing", () => {
    const long = fc
      .tuple(fc.constantFrom("x", "é", '"', "\u0001", "\ud83d"), fc.nat(250), fc.nat(1_000))
      .map(([text, length, size]) => Array.from({ length: size }, (_, i) => `${i}${text.repeat(length)}`));
    const large = fc.record({
      topic: fc.option(fc.uuid(), { nil: undefined }),
      connections: count,
      joined: long,
      left: long,
    });
    fc.assert(
      fc.property(fc.uniqueArray(large, { selector: ({ topic }) => topic, maxLength: 5 }), (changes) => {
        const parts = chunkPresence(changes);
        for (const part of parts) expect(bytesOf(part)).toBeLessThan(262_144 - 1_024);
        for (const { topic, ...change } of changes) {
          const pieces = parts.flat().filter((piece) => piece.topic === topic);
          expect(pieces.flatMap(({ joined }) => joined)).toEqual(change.joined);
          expect(pieces.flatMap(({ left }) => left)).toEqual(change.left);
          expect(new Set(pieces.map(({ connections }) => connections))).toEqual(
            new Set([change.connections]),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test("is divided into few: what is small shares one", () => {
    const changes = Array.from({ length: 100 }, (_, i) => ({
      topic: `t${i}`,
      connections: 1,
      joined: ["ann"],
      left: [],
    }));
    expect(chunkPresence(changes)).toEqual([changes]);
    expect(chunkPresence([])).toEqual([]);
  });
});
