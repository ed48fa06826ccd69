import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/log/channel.js";
import { ChannelIndex, type HeldEntry } from "../../src/log/channel-index.js";

function held(offset: number, ...channels: Channel[]): HeldEntry {
  const entry = { channels, data: "", position: `e-${offset}` };
  return { entry, offset, bytes: 0, appendedAt: 0, holds: channels.length };
}

const set = (...channels: Channel[]) => new Set<Channel>(channels);
const offsets = (entries: readonly HeldEntry[]) => entries.map(({ offset }) => offset);

describe("what channels count", () => {
  test("an entry is released when the last of its channels gives it up", () => {
    const index = new ChannelIndex(1);
    const both = held(1, "topic:a", "topic:b");
    expect(index.add(both)).toEqual([]);
    expect(index.add(held(2, "topic:a"))).toEqual([]);
    expect(index.add(held(3, "topic:b"))).toEqual([both]);
  });

  test("an entry stays readable through a channel that no longer counts it", () => {
    const index = new ChannelIndex(1);
    index.add(held(1, "topic:a", "topic:b"));
    index.add(held(2, "topic:a"));
    expect(offsets(index.collect(set("topic:a"), 0, 9, 9))).toEqual([1, 2]);
    expect(index.hasEvicted(set("topic:a"), 0)).toBe(false);
  });

  test("one entry that displaces another in two channels releases it once", () => {
    const index = new ChannelIndex(1);
    const first = held(1, "topic:a", "topic:b");
    index.add(first);
    expect(index.add(held(2, "topic:a", "topic:b"))).toEqual([first]);
    expect(offsets(index.collect(set("topic:a", "topic:b"), 0, 9, 9))).toEqual([2]);
  });
});

describe("what was evicted", () => {
  test("is known by channel", () => {
    const index = new ChannelIndex(1);
    index.add(held(1, "topic:a"));
    index.add(held(2, "topic:a"));
    expect(index.hasEvicted(set("topic:a"), 0)).toBe(true);
    expect(index.hasEvicted(set("topic:b"), 0)).toBe(false);
    expect(index.hasEvicted(set("topic:b", "topic:a"), 0)).toBe(true);
  });

  test("is known in each channel of the entry", () => {
    const index = new ChannelIndex(1);
    index.add(held(1, "topic:a", "topic:b"));
    index.add(held(2, "topic:a", "topic:b"));
    for (const channel of ["topic:a", "topic:b"] as const)
      expect(index.hasEvicted(set(channel), 0)).toBe(true);
  });

  test("is no matter to a reader that stands at it", () => {
    const index = new ChannelIndex(1);
    index.add(held(1, "topic:a"));
    index.add(held(2, "topic:a"));
    expect(index.hasEvicted(set("topic:a"), 1)).toBe(false);
  });

  test("is news only to a reader that has not asked since", () => {
    const index = new ChannelIndex(1);
    for (const offset of [1, 2, 3]) index.add(held(offset, "topic:a"));
    expect(index.hasEvicted(set("topic:a"), 0, index.evictions)).toBe(false);
    const asked = index.evictions;
    index.add(held(4, "topic:a"));
    expect(index.hasEvicted(set("topic:a"), 0, asked)).toBe(true);
  });
});

describe("channels that are empty", () => {
  const remembered = 10_000;

  /** So many channels with an entry each, which is gone again. */
  function emptied(count: number): ChannelIndex {
    const index = new ChannelIndex(1);
    for (let offset = 1; offset <= count; offset += 1) {
      const entry = held(offset, `topic:${offset}`);
      index.add(entry);
      index.remove(entry);
    }
    return index;
  }

  test("are remembered one by one", () => {
    const index = emptied(remembered);
    expect(index.hasEvicted(set("topic:1"), 0)).toBe(true);
    expect(index.hasEvicted(set("topic:1"), 1)).toBe(false);
    expect(index.hasEvicted(set("topic:never"), 0)).toBe(false);
  });

  test("share one floor once there are too many, so that no loss is hidden", () => {
    const index = emptied(remembered + 5);
    expect(index.hasEvicted(set("topic:1"), 0)).toBe(true);
    expect(index.hasEvicted(set("topic:1"), 4)).toBe(true);
    expect(index.hasEvicted(set("topic:1"), 5)).toBe(false);
    expect(index.hasEvicted(set("topic:never"), 4)).toBe(true);
    expect(index.hasEvicted(set("topic:6"), 6)).toBe(false);
  });

  test("begin at the floor when they are used again", () => {
    const index = emptied(remembered + 5);
    index.add(held(20_000, "topic:1"));
    expect(index.hasEvicted(set("topic:1"), 4)).toBe(true);
    expect(index.hasEvicted(set("topic:1"), 5)).toBe(false);
  });

  test("are not forgotten while they are used again", () => {
    const index = emptied(remembered);
    index.add(held(20_000, "topic:1"));
    const entry = held(20_001, "topic:last");
    index.add(entry);
    index.remove(entry);
    expect(index.hasEvicted(set("topic:1"), 1)).toBe(false);
  });
});
