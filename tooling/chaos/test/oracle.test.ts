import { describe, expect, test } from "vitest";
import type { ClientRecord, Connection, Evidence, Frame, Publish } from "../src/evidence.js";
import { judge } from "../src/oracle.js";

const positionOf: Evidence["positionOf"] = (id) => {
  const [epoch = "", offset = ""] = id.split("-");
  return { epoch, offset: BigInt(offset) };
};

function stored(nonce: string, id: string, channel = "*", publisher = "p"): Publish {
  return { nonce, publisher, channels: [channel], outcome: { kind: "stored", id } };
}

const event = (nonce: string, id: string): Frame => ({ kind: "event", nonce, id });
const live = (id: string): Frame => ({ kind: "id", id });
const gap = (id: string, requested: string): Frame => ({ kind: "gap", id, reason: "epoch", requested });
const connection = (lastEventId: string | undefined, ...frames: Frame[]): Connection => ({
  lastEventId,
  frames,
});

function client(...connections: Connection[]): ClientRecord {
  return { name: "client", channels: new Set(["*", "topic:a"]), connections };
}

/** Three events and the marker, all held, in epoch `x`; `b1` is for another topic. */
const publishes = [
  stored("n1", "x-1"),
  stored("b1", "x-2", "topic:b"),
  stored("n2", "x-3", "topic:a"),
  stored("end", "x-4"),
];
const held = publishes.map(({ nonce }, index) => ({ nonce, offset: BigInt(index + 1) }));
const healthy = [live("x-0"), event("n1", "x-1"), event("n2", "x-3"), event("end", "x-4")];

function evidence(changes: Partial<Evidence> = {}): Evidence {
  const clients = [client(connection(undefined, ...healthy))];
  return { publishes, clients, held, marker: "end", maxEpochs: 1, positionOf, ...changes };
}

const kinds = (changes: Partial<Evidence>): string[] => judge(evidence(changes)).map(({ kind }) => kind);
const kindsFor = (...connections: Connection[]): string[] => kinds({ clients: [client(...connections)] });

describe("a run in which nothing went wrong", () => {
  test("on one connection has no violation", () => {
    expect(judge(evidence())).toEqual([]);
  });

  test("over a resume has none, also where the client showed an id that it had moved past", () => {
    const first = connection(undefined, ...healthy.slice(0, 3));
    expect(kindsFor(first, connection("x-3", event("end", "x-4")))).toEqual([]);
    expect(kindsFor(first, connection("x-1", event("n2", "x-3"), event("end", "x-4")))).toEqual([]);
  });

  test("has none where an id-only frame moved the client past what is for others", () => {
    const first = connection(undefined, live("x-0"), event("n1", "x-1"), live("x-2"));
    expect(kindsFor(first, connection("x-2", event("n2", "x-3"), event("end", "x-4")))).toEqual([]);
  });

  test("has none where a client was never there before its last connection", () => {
    expect(kindsFor(connection(undefined, live("x-3"), event("end", "x-4")))).toEqual([]);
  });

  test("has none where a publish of unknown outcome came to everyone, or to no one", () => {
    const unknown = { ...stored("n2", ""), outcome: { kind: "unknown", why: "" } } as const;
    const [n1, b1, , end] = publishes as [Publish, Publish, Publish, Publish];
    expect(kinds({ publishes: [n1, b1, unknown, end] })).toEqual([]);
    const without = [live("x-0"), event("n1", "x-1"), event("end", "x-4")];
    expect(
      kinds({
        publishes: [n1, b1, unknown, end],
        clients: [client(connection(undefined, ...without))],
        held: held.filter(({ nonce }) => nonce !== "n2"),
      }),
    ).toEqual([]);
  });
});

describe("an event that its publisher tried again", () => {
  const [n1, b1, n2] = publishes as [Publish, Publish, Publish];
  const old = stored("old", "w-7");
  const end = stored("end", "x-5");
  const heldTwice = [...held.slice(0, 3), { nonce: "n1", offset: 4n }, { nonce: "end", offset: 5n }];
  const gotTwice = [...healthy.slice(0, 3), event("n1", "x-4"), event("end", "x-5")];

  test("may be there twice where the log has begun a new epoch meanwhile: its key ended with the epoch before", () => {
    const clients = [client(connection("w-7", gap("x-0", "w-7"), ...gotTwice))];
    const run = { clients, held: heldTwice, maxEpochs: 2 };
    expect(kinds({ ...run, publishes: [old, { ...n1, retried: true }, b1, n2, end] })).toEqual([]);
    expect(kinds({ ...run, publishes: [old, n1, b1, n2, end] })).toEqual(["doubled", "doubled"]);
  });

  test("may not within one epoch", () => {
    const clients = [client(connection(undefined, ...gotTwice))];
    const retried = { ...n1, retried: true };
    expect(kinds({ clients, held: heldTwice, publishes: [retried, b1, n2, end] })).toEqual([
      "doubled",
      "doubled",
    ]);
  });
});

describe("a planted violation is found:", () => {
  test("lost in the middle of a connection", () => {
    expect(kindsFor(connection(undefined, live("x-0"), event("n1", "x-1"), event("end", "x-4")))).toEqual([
      "lost",
    ]);
  });

  test("lost behind an id-only frame", () => {
    const frames = [live("x-0"), event("n1", "x-1"), live("x-3"), event("end", "x-4")];
    expect(kindsFor(connection(undefined, ...frames))).toEqual(["lost"]);
  });

  test("lost over a resume", () => {
    const first = connection(undefined, live("x-0"), event("n1", "x-1"));
    expect(kindsFor(first, connection("x-1", live("x-3"), event("end", "x-4")))).toEqual(["lost"]);
  });

  test("lost at the end: the last events never came", () => {
    expect(kindsFor(connection(undefined, live("x-0"), event("n1", "x-1")))).toEqual(["lost", "lost"]);
  });

  test("lost for one client, although the publisher does not know whether it was stored", () => {
    const unknown = { ...stored("n2", "", "topic:a"), outcome: { kind: "unknown", why: "" } } as const;
    const without = [live("x-0"), event("n1", "x-1"), event("end", "x-4")];
    const clients = [client(connection(undefined, ...healthy)), client(connection(undefined, ...without))];
    const others = publishes.filter(({ nonce }) => nonce !== "n2");
    expect(kinds({ publishes: [...others, unknown], clients })).toEqual(["lost"]);
  });

  test("doubled on one connection, with one id or with two", () => {
    const [start, n1, n2, end] = healthy as [Frame, Frame, Frame, Frame];
    expect(kindsFor(connection(undefined, start, n1, n1, n2, end))).toContain("doubled");
    expect(kindsFor(connection(undefined, start, n1, event("n1", "x-2"), n2, end))).toContain("doubled");
  });

  test("doubled over a resume: what the client has shown comes again", () => {
    const first = connection(undefined, ...healthy.slice(0, 3));
    expect(kindsFor(first, connection("x-3", event("n2", "x-3"), event("end", "x-4")))).toEqual([
      "reordered",
    ]);
  });

  test("doubled in the engine", () => {
    expect(kinds({ held: [...held, { nonce: "n1", offset: 5n }] })).toEqual(["doubled"]);
  });

  test("reordered on a connection", () => {
    const [start, n1, n2, end] = healthy as [Frame, Frame, Frame, Frame];
    expect(kindsFor(connection(undefined, start, n2, n1, end))).toContain("reordered");
  });

  test("reordered for one publisher", () => {
    const [n1, b1, n2, end] = publishes as [Publish, Publish, Publish, Publish];
    expect(kinds({ publishes: [n1, n2, b1, end] })).toEqual(["reordered"]);
  });

  test("a gap where nothing was lost, with and without a position to come from", () => {
    const first = connection(undefined, ...healthy.slice(0, 2));
    const rest = healthy.slice(2);
    expect(kindsFor(first, connection("x-1", gap("x-1", "x-1"), ...rest))).toEqual(["false-gap"]);
    expect(kindsFor(connection(undefined, gap("x-1", ""), ...rest))).toEqual(["false-gap"]);
  });

  test("a new epoch that no fault explains", () => {
    const rotated = connection("w-7", gap("x-0", "w-7"), ...healthy);
    const before = stored("old", "w-7");
    expect(kinds({ publishes: [before, ...publishes], clients: [client(rotated)] })).toEqual(["false-epoch"]);
    expect(kinds({ publishes: [before, ...publishes], clients: [client(rotated)], maxEpochs: 2 })).toEqual(
      [],
    );
  });

  test("a new epoch that the client is not told of", () => {
    const silent = connection("w-7", ...healthy);
    expect(
      kinds({ publishes: [stored("old", "w-7"), ...publishes], clients: [client(silent)], maxEpochs: 2 }),
    ).toEqual(["untold-epoch"]);
  });

  test("a new epoch that a client never hears of, because its instance still follows the one before", () => {
    const stale = connection(undefined, live("w-0"), event("old", "w-7"));
    const run = { publishes: [stored("old", "w-7"), ...publishes], maxEpochs: 2 };
    expect(kinds({ ...run, clients: [client(stale)] })).toEqual(["untold-epoch"]);
    const told = { ...stale, frames: [...stale.frames, gap("x-0", "w-7"), ...healthy.slice(1)] };
    expect(kinds({ ...run, clients: [client(told)] })).toEqual([]);
  });

  test("a gap that reaches over what is still held", () => {
    const leap = connection("w-7", gap("x-3", "w-7"), event("end", "x-4"));
    expect(
      kinds({ publishes: [stored("old", "w-7"), ...publishes], clients: [client(leap)], maxEpochs: 2 }),
    ).toEqual(["skipped", "skipped"]);
  });

  test("a ghost: rejected for certain, and delivered all the same", () => {
    const rejected = { ...stored("n2", ""), outcome: { kind: "rejected", why: "log-unavailable" } } as const;
    const others = publishes.filter(({ nonce }) => nonce !== "n2");
    expect(kinds({ publishes: [...others, rejected] })).toContain("ghost");
  });

  test("a ghost: delivered, but never published", () => {
    expect(kinds({ publishes: publishes.filter(({ nonce }) => nonce !== "n2") })).toContain("ghost");
  });

  test("a ghost: what is for others", () => {
    const [start, n1, n2, end] = healthy as [Frame, Frame, Frame, Frame];
    expect(kindsFor(connection(undefined, start, n1, event("b1", "x-2"), n2, end))).toEqual(["ghost"]);
  });

  test("forgotten: acknowledged, and not held", () => {
    expect(kinds({ held: held.filter(({ nonce }) => nonce !== "n2") })).toEqual(["forgotten"]);
  });
});

describe("an entry that was removed by hand", () => {
  const [start, n1, n2, end] = healthy as [Frame, Frame, Frame, Frame];
  const gapAt = (at: number, id = "x-1"): Frame => ({
    kind: "gap",
    id,
    reason: "evicted",
    requested: "",
    at,
  });
  /** `n2` was removed at 5. */
  const removed = new Map([["n2", { nonce: "n2", offset: 3n, since: 5 }]]);
  const afterRemoval = (...frames: Frame[]) =>
    kinds({
      removed,
      held: held.filter(({ nonce }) => nonce !== "n2"),
      clients: [client(connection(undefined, ...frames))],
    });

  test("is no violation where the client had it already, or is told of a gap", () => {
    expect(afterRemoval(start, n1, n2, end)).toEqual([]);
    expect(afterRemoval(start, n1, gapAt(6), end)).toEqual([]);
    expect(afterRemoval(start, n1, gapAt(6, "x-3"), end)).toEqual([]);
  });

  test("is lost without a gap", () => {
    expect(afterRemoval(start, n1, end)).toEqual(["lost"]);
  });

  test("is lost also where a gap was told earlier, which explains nothing", () => {
    expect(afterRemoval(start, n1, gapAt(4), end)).toEqual(["false-gap", "lost"]);
  });

  test("for others explains a gap only where the log does not learn its receivers", () => {
    const removed = new Map([["b1", { nonce: "b1", offset: 2n, since: 5 }]]);
    const clients = [client(connection(undefined, start, n1, gapAt(6), n2, end))];
    const without = { removed, clients, held: held.filter(({ nonce }) => nonce !== "b1") };
    expect(kinds(without)).toEqual(["false-gap"]);
    expect(kinds({ ...without, coarseRemovals: true })).toEqual([]);
  });

  test("explains a gap also where its publish has an unknown outcome", () => {
    const [a, b, , last] = publishes as [Publish, Publish, Publish, Publish];
    const unknown = { ...stored("n2", "", "topic:a"), outcome: { kind: "unknown", why: "" } } as const;
    const clients = [client(connection(undefined, start, n1, gapAt(6), end))];
    const without = { publishes: [a, b, unknown, last], held: held.filter(({ nonce }) => nonce !== "n2") };
    expect(kinds({ ...without, removed, clients })).toEqual([]);
    expect(kinds({ ...without, clients })).toEqual(["false-gap"]);
  });

  test("explains no gap after it", () => {
    expect(afterRemoval(start, n1, n2, gapAt(6, "x-3"), end)).toEqual(["false-gap"]);
  });

  test("explains no gap over what is held", () => {
    expect(afterRemoval(start, gapAt(6, "x-3"), end)).toEqual(["skipped"]);
  });
});

describe("a log that was moved to another server and back", () => {
  const byTag: Evidence["positionOf"] = (id) => {
    const [epoch = "", offset = "", tag] = id.split("-");
    return { epoch, offset: BigInt(offset), tag };
  };
  const entryAt = (nonce: string, offset: number) => ({ nonce, offset: BigInt(offset), tag: nonce });
  const first = [entryAt("n1", 1), entryAt("a2", 2), entryAt("end", 3)];
  const other = [entryAt("n1", 1), entryAt("b2", 2), entryAt("b3", 3)];
  const moved: Partial<Evidence> = {
    publishes: [
      stored("n1", "x-1-n1"),
      stored("a2", "x-2-a2"),
      stored("b2", "x-2-b2", "*", "q"),
      stored("b3", "x-3-b3", "*", "q"),
      stored("end", "x-3-end"),
    ],
    held: first,
    histories: [first, other],
    maxEpochs: 1,
    positionOf: byTag,
  };
  const unknown = (id: string, requested: string): Frame => ({
    kind: "gap",
    id,
    reason: "unknown",
    requested,
  });
  const both = connection(undefined, live("x-0"), event("n1", "x-1-n1"), event("b2", "x-2-b2"));
  const all = [event("n1", "x-1-n1"), event("a2", "x-2-a2"), event("end", "x-3-end")];
  const kindsOn = (changes: Partial<Evidence>): string[] => kinds({ ...moved, ...changes });

  test("may have two events at one place, which clients with the id of the other one are told", () => {
    const clients = [client(both, connection("x-2-b2", unknown("x-0", "x-2-b2"), ...all))];
    expect(kindsOn({ clients })).toEqual([]);
  });

  test("has told a client nothing: found", () => {
    const clients = [client(both, connection("x-2-b2", event("end", "x-3-end")))];
    expect(kindsOn({ clients })).toContain("untold-epoch");
  });

  test("has lost an event on the server where the client was: found", () => {
    const onOther = connection(undefined, live("x-1-n1"), event("b3", "x-3-b3"));
    const clients = [client(onOther, connection("x-3-b3", unknown("x-0", "x-3-b3"), ...all))];
    expect(kindsOn({ clients })).toEqual(["lost"]);
  });

  test("holds an acknowledged event on none of the servers: found", () => {
    const clients = [client(connection(undefined, live("x-0"), ...all))];
    expect(kindsOn({ clients, histories: [first, other.slice(0, 2)] })).toEqual(["forgotten"]);
  });

  test.each([
    ["a probe of an instance", [{ nonce: "probe", offset: 3n, tag: "time" }]],
    ["nothing", []],
  ])("has %s where the other one has an event, which is on that one alone", (_what, between) => {
    const publishes = [
      stored("n1", "x-1-n1"),
      stored("b3", "x-3-b3", "*", "q"),
      stored("a2", "x-2-a2", "*", "q"),
      stored("end", "x-4-end"),
    ];
    const ended = [entryAt("n1", 1), entryAt("a2", 2), ...between, entryAt("end", 4)];
    const histories = [ended, [entryAt("n1", 1), entryAt("b2", 2), entryAt("b3", 3)]];
    const received = [...all.slice(0, 2), event("end", "x-4-end")];
    const clients = [client(connection(undefined, live("x-0"), ...received))];
    expect(kindsOn({ publishes, held: [], histories, clients })).toEqual([]);
  });

  test("tells of a gap where every server has the entry: found", () => {
    const begun = connection(undefined, live("x-0"), event("n1", "x-1-n1"));
    const clients = [client(begun, connection("x-1-n1", unknown("x-0", "x-1-n1"), ...all))];
    expect(kindsOn({ clients })).toContain("false-gap");
  });
});
