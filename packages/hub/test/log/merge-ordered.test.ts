import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/log/channel.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import { mergeOrdered } from "../../src/log/merge-ordered.js";
import { OrderedList } from "../../src/log/ordered-list.js";

describe("a merge of ordered lists", () => {
  test("returns the first items, in order, each once", () => {
    const list = fc.uniqueArray(fc.nat(60), { maxLength: 30 }).map((keys) => keys.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(list, { maxLength: 12 }), fc.nat(40), (lists, limit) => {
        const expected = [...new Set(lists.flat())].sort((a, b) => a - b).slice(0, limit);
        expect(mergeOrdered(lists, (key) => key, limit)).toEqual(expected);
      }),
    );
  });

  test("reads no more of the lists than it returns, and one item of each", () => {
    let read = 0;
    function* count(from: number): Iterable<number> {
      for (let key = from; key < 1_000_000; key += 100) {
        read += 1;
        yield key;
      }
    }
    const lists = Array.from({ length: 100 }, (_, i) => count(i));
    expect(mergeOrdered(lists, (key) => key, 256)).toHaveLength(256);
    expect(read).toBeLessThanOrEqual(100 + 256);
  });
});

test("a page of many topics looks at no more entries than it returns, and a few of each topic", async () => {
  const log = createMemoryLog();
  const topics = Array.from({ length: 100 }, (_, i): Channel => `topic:${i}`);
  for (let i = 0; i < 10_000; i += 1) await log.append({ channels: [topics[i % 100]!], data: "x" });
  const { ascending } = OrderedList.prototype;
  let read = 0;
  OrderedList.prototype.ascending = function* <T>(this: OrderedList<T>, after: number, through: number) {
    for (const item of ascending.call(this, after, through) as Iterable<T>) {
      read += 1;
      yield item;
    }
  };
  const through = await log.head();
  const page = await log.read("", { channels: new Set(topics), through, limit: 256 });
  OrderedList.prototype.ascending = ascending;
  expect(page.entries).toHaveLength(256);
  expect(read).toBeLessThanOrEqual(256 + 100);
});
