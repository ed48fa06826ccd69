import { describe, expect, test } from "vitest";
import { Frame } from "../../src/delivery/frame.js";
import { SharedPages } from "../../src/delivery/shared-pages.js";
import type { Channel } from "../../src/log/channel.js";
import type { LogEntry } from "../../src/log/event-log.js";
import { testHub } from "../support/hub.js";

const followers = (...channels: Channel[]) => new Set<Channel>(channels);

/** Entries of two topics in turn. */
function entries(count: number, more: Partial<LogEntry> = {}): Frame<LogEntry>[] {
  return Array.from({ length: count }, (_, i) => {
    const channels: Channel[] = [i % 2 === 0 ? "topic:even" : "topic:odd"];
    return new Frame({ channels, data: `é${i}`, position: `e-${i + 1}`, ...more });
  });
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("a shared page", () => {
  test("is joined for the second reader, and the same for all later ones that receive as much", () => {
    const [pages, frames] = [new SharedPages(), entries(20)];
    expect(pages.find("e-0", frames, followers("topic:even", "user:ann"))).toBeUndefined();
    const page = pages.find("e-0", frames, followers("topic:even", "user:bob"));
    const own = frames.filter((_, i) => i % 2 === 0).map((frame) => frame.text);
    expect(text(page?.bytes)).toBe(own.join(""));
    expect([page?.length, page?.lastId]).toEqual([10, "e-19"]);
    expect(pages.find("e-0", frames, followers("*", "topic:even", "user:eve"))).toBe(page);
    expect(pages.find("e-0", frames, followers("topic:even", "topic:odd"))?.length).toBe(20);
    expect(pages.find("e-0", frames, followers("topic:other"))).toEqual({
      bytes: new Uint8Array(0),
      length: 0,
      lastId: undefined,
    });
  });

  test("is not that of another start or another end", () => {
    const [pages, frames] = [new SharedPages(), entries(20)];
    const find = (from: number, to: number) =>
      pages.find(`e-${from}`, frames.slice(from, to), followers("topic:even", "topic:odd"))?.length;
    expect([find(0, 20), find(0, 20), find(1, 20), find(1, 20), find(0, 19), find(0, 19)]).toEqual([
      undefined,
      20,
      undefined,
      19,
      undefined,
      19,
    ]);
  });

  test("is none where it is short, or one connection does not receive an entry", () => {
    const pages = new SharedPages();
    for (const frames of [entries(7), entries(20, { except: "c" })])
      for (let reader = 0; reader < 3; reader += 1)
        expect(pages.find("e-0", frames, followers("topic:even"))).toBeUndefined();
  });

  test("is forgotten when newer ones have taken its place, in number or in bytes", () => {
    const large = entries(20, { data: "x".repeat(50_000) });
    const small = entries(20);
    const isShared = (pages: SharedPages, from: string, frames: Frame<LogEntry>[]) =>
      pages.find(from, frames, followers("topic:even")) !== undefined;
    const many = new SharedPages();
    for (let i = 0; i < 17; i += 1) isShared(many, `start-${i}`, small);
    expect([isShared(many, "start-16", small), isShared(many, "start-0", small)]).toEqual([true, false]);
    const heavy = new SharedPages();
    for (const from of ["a", "a", "b", "b", "c", "c"]) isShared(heavy, from, large);
    expect(isShared(heavy, "a", large)).toBe(false);
  });

  test("is forgotten for the names of topics that readers follow, which are its key", () => {
    const topics = Array.from({ length: 1_000 }, (_, i): Channel => `topic:${String(i).padStart(200, "x")}`);
    const frames = Array.from(
      { length: 8 },
      (_, i) => new Frame<LogEntry>({ channels: topics, data: "", position: `e-${i + 1}` }),
    );
    const pages = new SharedPages();
    pages.find("e-0", frames, followers(topics[0]!));
    const first = pages.find("e-0", frames, followers(topics[0]!));
    expect(pages.find("e-0", frames, followers(topics[0]!))).toBe(first);
    for (let i = 1; i < 10; i += 1) pages.find("e-0", frames, followers(...topics.slice(i)));
    expect(pages.find("e-0", frames, followers(topics[0]!))).not.toBe(first);
  });
});

test("clients that come back together share one array, and each receives what it follows", async () => {
  const { hub, join, tick } = testHub();
  const lastEventId = hub.position();
  for (let i = 0; i < 20; i += 1) void hub.publish(i % 2 === 0 ? "even" : "odd", { data: String(i) });
  void hub.sendTo("ann", { data: "for ann" });
  await tick();
  const even = Array.from({ length: 10 }, (_, i) => String(2 * i));
  const all = ["ann", "bob", "cid", "dan"].map((user) => join({ user, topics: "even" }, { lastEventId }));
  await tick();
  expect(all.map(({ data }) => data)).toEqual([[...even, "for ann"], even, even, even]);
  const [, , cid, dan] = all;
  const shared = cid!.sink.writes.filter((bytes) => dan!.sink.writes.includes(bytes));
  expect(shared).toHaveLength(1);
  await hub.close();
});

test("a client without room for a shared page receives it piece by piece", async () => {
  const { hub, join, tick } = testHub();
  const lastEventId = hub.position();
  const sent = Array.from({ length: 20 }, (_, i) => `${i} ${"x".repeat(100)}`);
  for (const data of sent) void hub.broadcast({ data });
  await tick();
  const [, , slow] = [0, 1, 2].map((i) => join({}, { lastEventId, ...(i === 2 && { capacity: 500 }) }));
  slow!.sink.stall();
  for (let i = 0; i < 40; i += 1) {
    slow!.sink.take();
    await tick();
  }
  expect(slow!.data).toEqual(sent);
  await hub.close();
});
