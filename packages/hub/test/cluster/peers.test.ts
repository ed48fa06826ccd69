import { expect, test } from "vitest";
import { Peers } from "../../src/cluster/peers.js";

const listener = { addRemote: () => {}, removeRemote: () => {}, adoptLeaving: () => {} };

test("no more than a thousand instances are tracked, until some of them are silent", () => {
  const peers = new Peers(listener);
  for (let i = 0; i < 1_000; i += 1) peers.receive(String(i));
  expect(() => peers.receive("one more")).toThrow(expect.objectContaining({ code: "overloaded" }));
  expect(peers.receive("7")).toBe(peers.receive("7"));
  peers.tick(1);
  peers.receive("7");
  peers.tick(1);
  expect(peers.count).toBe(1);
  peers.receive("one more");
});

test("the instance that was heard last is the latest", () => {
  const peers = new Peers(listener);
  expect(peers.latestId()).toBeUndefined();
  for (const id of ["a", "b"]) peers.receive(id);
  peers.tick(9);
  peers.receive("b");
  expect(peers.latestId()).toBe("b");
});
