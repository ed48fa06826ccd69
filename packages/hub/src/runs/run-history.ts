import type { Timers } from "@sse/core";
import { awaitLog } from "../delivery/await-log.js";
import type { RunChannel } from "../log/channel.js";
import type { LogEntry, ReadStart, RunLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import { Sleep } from "../sleep.js";
import { utf8Length } from "../utf8.js";
import type { RunEvent } from "./run.js";
import { endOf, isControlEntry, type RunTerms, type StoredEnd, startOf } from "./run-entry.js";
import type { RunTail } from "./run-tail.js";

/** Entries that are read at a time. */
const pageSize = 256;

/** The facts that the log holds about a run. */
export interface RunFacts {
  readonly terms: RunTerms;
  /** The instance of the latest producer; unknown of a run that has ended. */
  readonly instance: string | undefined;
  /** The position of its newest entry. */
  readonly newest: Position;
  /** Present if the run has ended. */
  readonly end: StoredEnd | undefined;
}

/** Whether a run with these terms may be read. */
type MayRead = (terms: RunTerms) => boolean;

/** The events that a run has so far. */
export interface RunSize {
  events: number;
  bytes: number;
}

/** Reads runs up to the head of their log, whatever has been followed so far. */
export class RunHistory {
  readonly #log: RunLog;
  readonly #timers: Timers;
  readonly #tail: RunTail;

  constructor(log: RunLog, timers: Timers, tail: RunTail) {
    this.#log = log;
    this.#timers = timers;
    this.#tail = tail;
  }

  /**
   * Returns what is known about a run; `undefined` if it is not held, or may not be read.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  async facts(channel: RunChannel, mayRead: MayRead = () => true): Promise<RunFacts | undefined> {
    const [newest] = await this.last(channel, 1);
    if (newest === undefined) return undefined;
    const end = endOf(newest);
    if (end === undefined) return this.#scan(channel, mayRead);
    const facts = await this.#factsOfEnded(channel, newest.position, end);
    return facts && mayRead(facts.terms) ? facts : undefined;
  }

  /** Returns the newest entries of a run, oldest first. */
  async last(channel: RunChannel, count: number): Promise<readonly LogEntry[]> {
    return (await this.#read(channel, { last: count }, count)).entries;
  }

  /** Yields the entries of a run after a position; all of them after the empty one. */
  async *after(channel: RunChannel, position: Position): AsyncIterable<LogEntry> {
    const head = await this.#tail.current();
    for (let start = position; ; ) {
      const page = await this.#read(channel, start, pageSize, head);
      yield* page.entries;
      if (this.#log.compare(page.scannedThrough, head) >= 0) return;
      start = page.scannedThrough;
    }
  }

  /** Yields the events of a run. */
  async *events(channel: RunChannel): AsyncIterable<RunEvent> {
    for await (const entry of this.after(channel, "")) {
      const { position: id, event = "message", data } = entry;
      if (!isControlEntry(entry)) yield { id, event, data };
    }
  }

  /** Returns the size of a run's events. */
  async size(channel: RunChannel): Promise<RunSize> {
    const size = { events: 0, bytes: 0 };
    for await (const entry of this.after(channel, "")) if (!isControlEntry(entry)) addTo(size, entry);
    return size;
  }

  async #factsOfEnded(channel: RunChannel, newest: Position, end: StoredEnd): Promise<RunFacts | undefined> {
    const [first] = (await this.#read(channel, "", 1)).entries;
    const start = first && startOf(first);
    return start && { terms: start.terms, instance: undefined, newest, end };
  }

  /** Finds the latest producer, which only a search of the whole run does. */
  async #scan(channel: RunChannel, mayRead: MayRead): Promise<RunFacts | undefined> {
    let terms: RunTerms | undefined;
    let instance: string | undefined;
    let newest: LogEntry | undefined;
    for await (const entry of this.after(channel, "")) {
      const start = startOf(entry);
      terms ??= start?.terms;
      if (terms === undefined || !mayRead(terms)) return undefined;
      instance = start?.instance ?? instance;
      newest = entry;
    }
    if (terms === undefined || newest === undefined) return undefined;
    return { terms, instance, newest: newest.position, end: endOf(newest) };
  }

  async #read(channel: RunChannel, start: ReadStart, limit: number, head?: Position) {
    const through = head ?? (await this.#tail.current());
    const page = this.#log.read(start, { channels: new Set([channel]), through, limit });
    return awaitLog(page, new Sleep(this.#timers));
  }
}

/** Counts an event. */
export function addTo(size: RunSize, { data, event = "" }: Pick<LogEntry, "data" | "event">): void {
  size.events += 1;
  size.bytes += utf8Length(data) + utf8Length(event);
}
