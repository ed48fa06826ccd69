import { setImmediate as turn } from "node:timers/promises";
import type { Channel, EventLog, LogEntry, LogGap, NewLogEntry, Position, ReadStart } from "@sse/hub/log";

/** Resolves once a condition holds. Nothing is said about how long that takes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** An entry for a topic. */
export function entry(data: string, topic = "a"): NewLogEntry {
  return { channels: [`topic:${topic}`], data };
}

/** A follower that remembers what it was given. */
export class Follower {
  readonly resets: Position[] = [];
  readonly entries: LogEntry[] = [];
  readonly errors: unknown[] = [];
  readonly stop: () => void;

  constructor(log: EventLog) {
    this.stop = log.follow({
      reset: (head) => this.resets.push(head),
      entries: (entries) => this.entries.push(...entries),
      passed: () => {},
      error: (error) => this.errors.push(error),
    });
  }

  /** One that has begun. */
  static async of(log: EventLog): Promise<Follower> {
    const follower = new Follower(log);
    await until(() => follower.resets.length > 0);
    return follower;
  }

  get data(): string[] {
    return this.entries.map(({ data }) => data);
  }

  async has(data: string): Promise<void> {
    await until(() => this.entries.some((given) => given.data === data));
  }
}

/** Asks for the head until there is an answer: the connection may have broken a moment ago. */
async function headOf(log: EventLog): Promise<Position> {
  for (;;) {
    const position = await log.head().catch(() => undefined);
    if (position !== undefined) return position;
  }
}

/** Reads all pages from a start up to the real head. */
export async function readAll(
  log: EventLog,
  start: ReadStart,
  channels: readonly Channel[] = ["topic:a"],
  limit = 100,
): Promise<{ data: string[]; gaps: LogGap[] }> {
  const through = await headOf(log);
  const data: string[] = [];
  const gaps: LogGap[] = [];
  let from = start;
  let known: { knownEvictions?: string } = {};
  for (;;) {
    const page = await log.read(from, { channels: new Set(channels), through, limit, ...known });
    data.push(...page.entries.map((read) => read.data));
    if (page.gap !== undefined) gaps.push(page.gap);
    if (log.compare(page.scannedThrough, through) >= 0) return { data, gaps };
    from = page.scannedThrough;
    known = { knownEvictions: page.evictions };
  }
}

/** Appends until that works: the log may be about to come back. */
export async function appended(log: EventLog, stored: NewLogEntry): Promise<Position> {
  for (;;) {
    const position = await log.append(stored).catch(() => undefined);
    if (position !== undefined) return position;
  }
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "none",
    (error: { code: unknown }) => error.code,
  );
}
