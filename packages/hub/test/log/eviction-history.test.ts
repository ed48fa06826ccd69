import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/log/channel.js";
import { EvictionHistory } from "../../src/log/eviction-history.js";

const set = (...channels: Channel[]) => new Set<Channel>(channels);

// Channels are tested with the index of a memory log; here is what only other logs use.
describe("a history of evictions", () => {
  test("counts what may have gone anywhere for every channel", () => {
    const history = new EvictionHistory();
    history.recordAnywhere(5);
    expect(history.hasEvicted(set("topic:never"), 4)).toBe(true);
    expect(history.hasEvicted(set("topic:never"), 5)).toBe(false);
  });

  test("counts what may have gone of forgotten channels for those that it does not remember", () => {
    const history = new EvictionHistory();
    history.hold("topic:held");
    history.recordForgotten(5);
    history.hold("topic:later");
    const evicted = (channel: Channel, after: number) => history.hasEvicted(set(channel), after);
    expect([evicted("topic:held", 0), evicted("topic:later", 4), evicted("topic:never", 4)]).toEqual([
      false,
      true,
      true,
    ]);
    expect([evicted("topic:later", 5), evicted("topic:never", 5)]).toEqual([false, false]);
  });

  test("does not take for known what another history named", () => {
    const [ours, other] = [new EvictionHistory(), new EvictionHistory()];
    for (const history of [other, other, ours]) history.record("topic:a", 1);
    expect(ours.hasEvicted(set("topic:a"), 0, other.token)).toBe(true);
    expect(ours.hasEvicted(set("topic:a"), 0, "nonsense")).toBe(true);
    expect(ours.hasEvicted(set("topic:a"), 0, ours.token)).toBe(false);
  });
});
