import { beforeEach, describe, expect, test } from "vitest";
import type { PlaceChange } from "../../src/cluster/messages.js";
import { Peer } from "../../src/cluster/peer.js";

let said: string[];
let peer: Peer;

beforeEach(() => {
  said = [];
  const note = (sign: string) => (user: string, topic: string | undefined) =>
    said.push(`${sign}${user}${topic === undefined ? "" : `@${topic}`}`);
  peer = new Peer({ addRemote: note("+"), removeRemote: note("-") });
});

function at(topic: string | undefined, joined: string[], left: string[] = []): PlaceChange {
  return { topic, connections: joined.length, joined, left };
}

/** Whether it is asked within a few rounds. */
function isAsked(): boolean {
  return [1, 2, 3, 4].map(() => peer.mustBeAsked()).includes(true);
}

describe("changes", () => {
  test("are applied one after the other, each once", () => {
    peer.changes(1, [at(undefined, ["ann", "bob"]), at("a", ["ann"])]);
    peer.changes(1, [at(undefined, [], ["ann"])]);
    peer.changes(2, [at(undefined, ["bob"], ["ann"]), at("a", [], ["ann"])]);
    expect(said).toEqual(["+ann", "+bob", "+ann@a", "-ann@a", "-ann"]);
    expect([peer.connections(undefined), peer.connections("a")]).toEqual([1, 0]);
    expect([...peer.topics()]).toEqual([undefined]);
    expect(isAsked()).toBe(false);
  });

  test("after a hole are not applied, and everything is asked for", () => {
    peer.changes(1, [at(undefined, ["ann"])]);
    peer.changes(3, [at(undefined, ["carl"])]);
    expect(isAsked()).toBe(true);
    peer.changes(2, [at(undefined, ["bob"])]);
    peer.changes(4, [at(undefined, ["dora"])]);
    expect(said).toEqual(["+ann"]);
    peer.state({ seq: 4, part: 0, parts: 1, places: [at(undefined, ["bob", "carl", "dora"])] });
    peer.changes(5, [at(undefined, [], ["dora"])]);
    expect(said).toEqual(["+ann", "+bob", "+carl", "+dora", "-ann", "-dora"]);
    expect(isAsked()).toBe(false);
  });

  test("that repeat what is known tell nobody", () => {
    peer.changes(1, [at(undefined, ["ann"])]);
    peer.changes(2, [at(undefined, ["ann"], ["bob"])]);
    expect(said).toEqual(["+ann"]);
  });

  test("that did not come are noticed by a beat", () => {
    peer.beat(0);
    expect(isAsked()).toBe(false);
    peer.beat(1);
    expect(isAsked()).toBe(true);
  });
});

describe("a whole presence", () => {
  const parts = (seq: number, ...users: string[]) =>
    users.map((user, part) => ({ seq, part, parts: users.length, places: [at(undefined, [user])] }));

  test("counts once all its parts have come", () => {
    for (const part of parts(5, "ann", "bob")) {
      expect(said).toEqual([]);
      peer.state(part);
    }
    expect(said).toEqual(["+ann", "+bob"]);
  });

  test.each<[string, number[]]>([
    ["a part is missing", [0, 2]],
    ["the first part is missing", [1, 2]],
    ["a part comes before its turn", [0, 2, 1]],
  ])("does not count where %s, and is asked for again", (_, order) => {
    const all = parts(5, "ann", "bob", "carl");
    for (const part of order) peer.state(all[part]!);
    expect(said).toEqual([]);
    expect(isAsked()).toBe(true);
    for (const part of all) peer.state(part);
    expect(said).toEqual(["+ann", "+bob", "+carl"]);
  });

  test("is not made of parts of two", () => {
    const [first] = parts(5, "ann", "bob");
    const [, second] = parts(6, "carl", "dora");
    peer.state(first!);
    peer.state(second!);
    expect(said).toEqual([]);
    expect(isAsked()).toBe(true);
  });

  test("tells only the difference to what was known, and is not taken back by an older one", () => {
    peer.changes(1, [at(undefined, ["ann", "bob"]), at("a", ["bob"])]);
    peer.state({ seq: 3, part: 0, parts: 1, places: [at(undefined, ["bob", "carl"])] });
    expect(said.slice(3)).toEqual(["+carl", "-bob@a", "-ann"]);
    peer.state({ seq: 2, part: 0, parts: 1, places: [at(undefined, ["old"])] });
    expect(said.slice(6)).toEqual([]);
  });

  test("is asked for again only after it has had its time, also while it is coming", () => {
    peer.beat(9);
    const rounds = () => Array.from({ length: 5 }, () => peer.mustBeAsked());
    expect(rounds()).toEqual([true, false, false, false, true]);
    peer.state(parts(9, "ann", "bob")[0]!);
    expect(rounds()).toEqual([false, false, false, true, false]);
  });
});

test("an instance that is forgotten takes everybody along", () => {
  peer.changes(1, [at(undefined, ["ann"]), at("a", ["ann"])]);
  peer.forget();
  expect(said.slice(2)).toEqual(["-ann@a", "-ann"]);
  expect(peer.connections(undefined)).toBe(0);
});
