import { beforeEach, describe, expect, test } from "vitest";
import type { PresenceChange } from "../../src/cluster/messages.js";
import { Peer } from "../../src/cluster/peer.js";

let said: string[];
let peer: Peer;

beforeEach(() => {
  said = [];
  const note = (sign: string) => (user: string, topic: string | undefined) =>
    said.push(`${sign}${user}${topic === undefined ? "" : `@${topic}`}`);
  peer = new Peer(
    { addRemote: note("+"), removeRemote: note("-"), adoptLeaving: note("~") },
    { available: Number.POSITIVE_INFINITY },
  );
});

function at(topic: string | undefined, joined: string[], left: string[] = []): PresenceChange {
  return { topic, connections: joined.length, joined, left };
}

/** Whether it is asked within a few rounds. */
function isAsked(): boolean {
  return [1, 2, 3, 4].map(() => peer.takeSnapshotRequest()).includes(true);
}

describe("changes", () => {
  test("are applied one after the other, each once", () => {
    peer.receiveDelta(1, [at(undefined, ["ann", "bob"]), at("a", ["ann"])]);
    peer.receiveDelta(1, [at(undefined, [], ["ann"])]);
    peer.receiveDelta(2, [at(undefined, ["bob"], ["ann"]), at("a", [], ["ann"])]);
    expect(said).toEqual(["+ann", "+bob", "+ann@a", "-ann@a", "-ann"]);
    expect([peer.connections(undefined), peer.connections("a")]).toEqual([1, 0]);
    expect([...peer.topics()]).toEqual([undefined]);
    expect(isAsked()).toBe(false);
  });

  test("after a hole are not applied, and everything is asked for", () => {
    peer.receiveDelta(1, [at(undefined, ["ann"])]);
    peer.receiveDelta(3, [at(undefined, ["carl"])]);
    expect(isAsked()).toBe(true);
    peer.receiveDelta(2, [at(undefined, ["bob"])]);
    peer.receiveDelta(4, [at(undefined, ["dora"])]);
    expect(said).toEqual(["+ann"]);
    peer.receiveSnapshot({ seq: 4, part: 0, parts: 1, changes: [at(undefined, ["bob", "carl", "dora"])] });
    peer.receiveDelta(5, [at(undefined, [], ["dora"])]);
    expect(said).toEqual(["+ann", "+bob", "+carl", "+dora", "-ann", "-dora"]);
    expect(isAsked()).toBe(false);
  });

  test("that repeat what is known are not reported", () => {
    peer.receiveDelta(1, [at(undefined, ["ann"])]);
    peer.receiveDelta(2, [at(undefined, ["ann"], ["bob"])]);
    expect(said).toEqual(["+ann"]);
  });

  test("that did not come are noticed by a beat", () => {
    peer.receiveHeartbeat(0, "0123456789abcdef");
    expect(isAsked()).toBe(false);
    peer.receiveHeartbeat(1, "0123456789abcdef");
    expect(isAsked()).toBe(true);
  });
});

describe("a whole presence", () => {
  const parts = (seq: number, ...users: string[]) =>
    users.map((user, part) => ({ seq, part, parts: users.length, changes: [at(undefined, [user])] }));

  test("counts once all its parts have come", () => {
    for (const part of parts(5, "ann", "bob")) {
      expect(said).toEqual([]);
      peer.receiveSnapshot(part);
    }
    expect(said).toEqual(["+ann", "+bob"]);
  });

  test.each<[string, number[]]>([
    ["a part is missing", [0, 2]],
    ["the first part is missing", [1, 2]],
    ["a part comes before its turn", [0, 2, 1]],
  ])("does not count where %s, and is asked for again", (_, order) => {
    const all = parts(5, "ann", "bob", "carl");
    for (const part of order) peer.receiveSnapshot(all[part]!);
    expect(said).toEqual([]);
    expect(isAsked()).toBe(true);
    for (const part of all) peer.receiveSnapshot(part);
    expect(said).toEqual(["+ann", "+bob", "+carl"]);
  });

  test("is not made of parts of two", () => {
    const [first] = parts(5, "ann", "bob");
    const [, second] = parts(6, "carl", "dora");
    peer.receiveSnapshot(first!);
    peer.receiveSnapshot(second!);
    expect(said).toEqual([]);
    expect(isAsked()).toBe(true);
  });

  test("tells only the difference to what was known, and is not taken back by an older one", () => {
    peer.receiveDelta(1, [at(undefined, ["ann", "bob"]), at("a", ["bob"])]);
    peer.receiveSnapshot({ seq: 3, part: 0, parts: 1, changes: [at(undefined, ["bob", "carl"])] });
    expect(said.slice(3)).toEqual(["+carl", "-bob@a", "-ann"]);
    peer.receiveSnapshot({ seq: 2, part: 0, parts: 1, changes: [at(undefined, ["old"])] });
    expect(said.slice(6)).toEqual([]);
  });

  test("is asked for again only after it has had its time, also while it is coming", () => {
    peer.receiveHeartbeat(9, "0123456789abcdef");
    const rounds = () => Array.from({ length: 5 }, () => peer.takeSnapshotRequest());
    expect(rounds()).toEqual([true, false, false, false, true]);
    peer.receiveSnapshot(parts(9, "ann", "bob")[0]!);
    expect(rounds()).toEqual([false, false, false, true, false]);
  });
});

test("an instance that is forgotten takes everybody along", () => {
  peer.receiveDelta(1, [at(undefined, ["ann"]), at("a", ["ann"])]);
  peer.forget();
  expect(said.slice(2)).toEqual(["-ann@a", "-ann"]);
  expect(peer.connections(undefined)).toBe(0);
});

describe("the memory for presence", () => {
  const listener = { addRemote: () => {}, removeRemote: () => {}, adoptLeaving: () => {} };
  const names = (count: number) => Array.from({ length: count }, (_, i) => `user ${i}`);

  test("is not used up by users who come and go", () => {
    const budget = { available: 10_000 };
    const peer = new Peer(listener, budget);
    for (let seq = 1; seq < 2_000; seq += 2) {
      peer.receiveDelta(seq, [at(undefined, names(20)), at("a", names(20))]);
      peer.receiveDelta(seq + 1, [
        { topic: undefined, connections: 0, joined: [], left: names(20) },
        { topic: "a", connections: 0, joined: [], left: names(20) },
      ]);
    }
    expect(budget.available).toBe(10_000);
  });

  test("is shared by all, and what exceeds it is refused until there is more", () => {
    const budget = { available: 10_000 };
    const [large, small] = [new Peer(listener, budget), new Peer(listener, budget)];
    large.receiveDelta(1, [at(undefined, names(100))]);
    const overloaded = expect.objectContaining({ code: "overloaded" });
    expect(() => small.receiveDelta(1, [at(undefined, names(100))])).toThrow(overloaded);
    expect(() =>
      small.receiveSnapshot({ seq: 1, part: 0, parts: 1, changes: [at(undefined, names(100))] }),
    ).toThrow(overloaded);
    expect([...small.topics()]).toEqual([]);
    large.forget();
    small.receiveSnapshot({ seq: 1, part: 0, parts: 1, changes: [at(undefined, names(100))] });
    expect(small.connections(undefined)).toBe(100);
    small.forget();
    expect(budget.available).toBe(10_000);
  });

  test("is returned where a snapshot never ends", () => {
    const budget = { available: 10_000 };
    const peer = new Peer(listener, budget);
    for (let seq = 1; seq < 100; seq += 1)
      peer.receiveSnapshot({ seq, part: 0, parts: 2, changes: [at(undefined, names(50))] });
    peer.forget();
    expect(budget.available).toBe(10_000);
  });
});
