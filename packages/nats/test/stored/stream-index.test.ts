import type { Channel } from "@sse/hub/log";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StreamIndex } from "../../src/stored/stream-index.js";

const topics: Channel[] = ["topic:a", "topic:b", "topic:c"];

/** An entry for some of the topics; on the shared subject if for several. */
const addressed = fc
  .subarray(topics, { minLength: 1 })
  .map((channels) => ({ channels, shared: channels.length > 1 }));

const filter = fc.subarray(topics, { minLength: 1 }).map((channels) => new Set(channels));

describe("an index of a stream", () => {
  test("takes as lost unseen only what subjects may hide that may have been full", () => {
    const index = new StreamIndex(3);
    for (const [i, channel] of (["topic:a", "topic:a", "topic:a", "topic:a", "topic:b"] as const).entries())
      index.add(i + 1, { channels: [channel], shared: false });
    for (let i = 6; i < 9; i += 1) index.add(i, { channels: ["topic:c"], shared: false });
    index.recordUnseenEvictions(3, 8);
    const evicted = (channel: Channel, after: number) =>
      index.hasEvicted(new Set([channel]), after, undefined);
    // Of `a` it shows what it has lost, `b` has too few, and `c` may have had more.
    expect([evicted("topic:a", 0), evicted("topic:a", 1)]).toEqual([true, false]);
    expect([evicted("topic:b", 0), evicted("topic:c", 7), evicted("topic:c", 8)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("takes as lost unseen what a full subject may hide, although the shared one shows what it has lost", () => {
    const index = new StreamIndex(3);
    for (let i = 1; i < 5; i += 1) index.add(i, { channels: ["topic:a", "topic:b"], shared: true });
    for (let i = 5; i < 8; i += 1) index.add(i, { channels: ["topic:a"], shared: false });
    index.recordUnseenEvictions(3, 7);
    expect(index.hasEvicted(new Set(["topic:a"]), 6, undefined)).toBe(true);
    expect(index.hasEvicted(new Set(["topic:b"]), 1, undefined)).toBe(false);
  });

  test("takes everything as lost unseen where so much came that nothing can be told", () => {
    const index = new StreamIndex(3);
    index.recordUnseenEvictions(0, 5);
    expect(index.hasEvicted(new Set(["topic:a"]), 4, undefined)).toBe(true);
  });

  test("lists the newest entries of each subject, and knows exactly what was evicted", () => {
    fc.assert(
      fc.property(
        fc.array(addressed, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        filter,
        fc.nat(40),
        fc.nat(40),
        (entries, max, channels, after, dropped) => {
          const index = new StreamIndex(max);
          for (const [i, entry] of entries.entries()) index.add(i + 1, entry);
          index.dropBefore(dropped);
          const subjectOf = (i: number) => (entries[i]!.shared ? "shared" : entries[i]!.channels[0]);
          const newer = (i: number) => entries.filter((_entry, j) => j > i && subjectOf(j) === subjectOf(i));
          const all = entries.map((_entry, i) => i + 1);
          const matching = all.filter(
            (sequence) =>
              sequence > after && entries[sequence - 1]!.channels.some((name) => channels.has(name)),
          );
          const isHeld = (sequence: number) => sequence >= dropped && newer(sequence - 1).length < max;
          expect(index.collect(channels, after, 1_000, 1_000)).toEqual(matching.filter(isHeld));
          expect(index.hasEvicted(channels, after, undefined)).toBe(!matching.every(isHeld));
        },
      ),
    );
  });

  test("gives at most so many, the oldest first, up to a sequence", () => {
    const index = filled(10);
    expect(index.collect(new Set(topics), 2, 9, 3)).toEqual([3, 4, 5]);
    expect(index.collect(new Set(topics), 7, 9, 3)).toEqual([8, 9]);
  });

  test.each([
    [0, 10],
    [1, 9],
    [3, 7],
    [100, 0],
  ])("finds where the last %i begin", (count, start) => {
    expect(filled(10).startOfLast(count, new Set(topics), 10)).toBe(start);
  });

  test("counts as evicted what may have been, for every channel", () => {
    const index = filled(3);
    index.evictThrough(2);
    expect(index.hasEvicted(new Set(["topic:never"]), 1, undefined)).toBe(true);
    expect(index.hasEvicted(new Set(["topic:never"]), 2, undefined)).toBe(false);
  });

  test("tells what was evicted before as known, and what goes later as new", () => {
    const index = filled(6, 3);
    const known = index.evictions;
    expect(index.hasEvicted(new Set(topics), 0, known)).toBe(false);
    index.remove(5, new Set(topics));
    expect(index.hasEvicted(new Set(topics), 0, known)).toBe(true);
    expect(index.collect(new Set(topics), 0, 10, 10)).toEqual([4, 6]);
  });

  test("takes nothing as known by what another index said", () => {
    expect(filled(6, 3).hasEvicted(new Set(topics), 0, filled(60, 3).evictions)).toBe(true);
  });

  test("forgets channels that it lists nothing of, but not that they lost something", () => {
    const index = new StreamIndex(1_000);
    for (let i = 1; i <= 10_010; i += 1) index.add(i, { channels: [`topic:${i}`], shared: false });
    index.dropBefore(10_011);
    expect(index.hasEvicted(new Set(["topic:1"]), 0, undefined)).toBe(true);
    expect(index.hasEvicted(new Set(["topic:10010"]), 10_010, undefined)).toBe(false);
  });

  test("takes nothing as lost of a channel that it lists whole, however many others it has forgotten", () => {
    const index = new StreamIndex(1_000);
    index.add(1, { channels: ["topic:quiet"], shared: false });
    for (let i = 2; i <= 10_010; i += 1) {
      const channels: Channel[] = [`topic:${i}`];
      index.add(i, { channels, shared: false });
      index.remove(i, new Set(channels));
    }
    expect(index.hasEvicted(new Set(["topic:quiet"]), 0, undefined)).toBe(false);
    expect(index.hasEvicted(new Set(["topic:2"]), 0, undefined)).toBe(true);
    expect(index.hasEvicted(new Set(["topic:never"]), 1, undefined)).toBe(true);
  });

  test("of runs, takes nothing as lost of those that it lists, and everything of others", () => {
    const index = new StreamIndex(Number.POSITIVE_INFINITY, true);
    for (const sequence of [5, 6]) index.add(sequence, { channels: ["run:a"], shared: false });
    index.evictThrough(8);
    index.add(9, { channels: ["run:b"], shared: false });
    const evicted = (channel: Channel, after: number) =>
      index.hasEvicted(new Set([channel]), after, undefined);
    expect([evicted("run:a", 3), evicted("run:a", 4)]).toEqual([true, false]);
    expect([evicted("run:b", 7), evicted("run:b", 8)]).toEqual([true, false]);
    expect([evicted("run:c", 7), evicted("run:c", 8)]).toEqual([true, false]);
  });
});

/** An index of so many entries of the topic a. */
function filled(entries: number, max = 1_000): StreamIndex {
  const index = new StreamIndex(max);
  for (let i = 1; i <= entries; i += 1) index.add(i, { channels: ["topic:a"], shared: false });
  return index;
}
