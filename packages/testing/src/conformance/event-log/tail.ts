import {
  type Channel,
  type EventLog,
  type LogEntry,
  type LogPage,
  type NewLogEntry,
  type Position,
  type ReadableLog,
  type ReadStart,
  topicChannel,
} from "@sse/hub/log";
import { expect } from "vitest";
import { until } from "../../settle.js";

/** An entry for a topic. */
export function entry(topic: string, data = "x"): NewLogEntry {
  return { channels: [topicChannel(topic)], data };
}

/** "0", "1", and so on. */
export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** Appends "0", "1", and so on to a topic, one call after the other without waiting. */
export function appendAll(log: EventLog, count: number, topic = "a"): Promise<Position[]> {
  return Promise.all(numbers(count).map((i) => log.append(entry(topic, i))));
}

/** Reads page by page, as a hub's readers do, and verifies each page as such. */
export async function readAll(
  log: ReadableLog,
  start: ReadStart,
  channels: readonly Channel[],
  through: Position,
  limit = 100,
): Promise<{ entries: LogEntry[]; gaps: NonNullable<LogPage["gap"]>[]; scannedThrough: Position }> {
  const entries: LogEntry[] = [];
  const gaps: NonNullable<LogPage["gap"]>[] = [];
  let from = start;
  let known: { knownEvictions?: string } = {};
  for (;;) {
    const page = await log.read(from, { channels: new Set(channels), through, limit, ...known });
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    for (const { position } of page.entries)
      expect(log.compare(position, page.scannedThrough)).toBeLessThanOrEqual(0);
    if (typeof from === "string" && page.gap === undefined)
      expect(log.compare(page.scannedThrough, from)).toBeGreaterThanOrEqual(0);
    entries.push(...page.entries);
    if (page.gap !== undefined) gaps.push(page.gap);
    if (log.compare(page.scannedThrough, through) >= 0)
      return { entries, gaps, scannedThrough: page.scannedThrough };
    from = page.scannedThrough;
    known = { knownEvictions: page.evictions };
  }
}

/** A follower that records what it receives. */
export interface Tail {
  readonly resets: Position[];
  readonly entries: LogEntry[];
  readonly positions: Position[];
  readonly data: string[];
  readonly calls: string[];
  /** Positions that were received or passed although they are not beyond the earlier ones. */
  readonly disorder: string[];
  /** The followed head: the position up to which may be read. */
  readonly head: Position;
  /** Resolves once so many entries have been received. */
  count(entries: number): Promise<void>;
  /** Resolves once the entry with this position has been received. */
  has(position: Position): Promise<void>;
  /** Resolves once the followed head is there, or beyond. */
  reaches(position: Position): Promise<void>;
  stop(): void;
}

/** Follows a log, from the moment at which it has said where that begins. */
export async function follow(log: ReadableLog): Promise<Tail> {
  const resets: Position[] = [];
  const entries: LogEntry[] = [];
  const calls: string[] = [];
  const disorder: string[] = [];
  let head = "";
  const stop = log.follow({
    reset: (to) => {
      head = to;
      resets.push(to);
      calls.push("reset");
    },
    entries: (given) => {
      entries.push(...given);
      for (const { position } of given) {
        if (!(log.compare(position, head) > 0)) disorder.push(`${position} given at ${head}`);
        head = position;
        calls.push("entry");
      }
    },
    passed: (to) => {
      if (!(log.compare(to, head) >= 0)) disorder.push(`${to} passed at ${head}`);
      head = to;
    },
    error: () => {},
  });
  await until(() => resets.length > 0);
  return {
    resets,
    entries,
    calls,
    disorder,
    stop,
    get positions() {
      return entries.map(({ position }) => position);
    },
    get data() {
      return entries.map(({ data }) => data);
    },
    get head() {
      return head;
    },
    count: (count) => until(() => entries.length >= count),
    has: (position) => until(() => entries.some((given) => given.position === position)),
    reaches: (position) => until(() => log.compare(head, position) >= 0),
  };
}
