import type { Timers } from "@sse/core";
import { awaitLog } from "../delivery/await-log.js";
import type { RunChannel } from "../log/channel.js";
import type { LogEntry, ReadStart, RunLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import { Sleep } from "../sleep.js";
import { utf8Length } from "../utf8.js";
import type { RunEvent } from "./run.js";
import { endOf, isControlEntry, type RunStart, type RunTerms, type StoredEnd, startOf } from "./run-entry.js";
import type { RunTail } from "./run-tail.js";

/** Entries that are read at a time. */
const pageSize = 256;

/** The number of running runs whose producers are remembered. */
const maxProducers = 10_000;

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
  /** The latest starts of running runs, least recently recorded first. */
  readonly #starts = new Map<RunChannel, RunStart>();
  /** The number of breaks, before which a scan must have begun to be recorded. */
  #breaks = 0;
  /** The scans of runs that are under way. */
  readonly #scans = new Map<RunChannel, Promise<RunFacts | undefined>>();

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
    if (end !== undefined) {
      const facts = await this.#factsOfEnded(channel, newest.position, end);
      return facts && mayRead(facts.terms) ? facts : undefined;
    }
    const start = this.#starts.get(channel);
    if (start === undefined) return this.#factsOfUnknown(channel, mayRead);
    return mayRead(start.terms) ? factsOf(start, newest) : undefined;
  }

  /** Records an entry that starts or ends a run, as it is followed. */
  record(channel: RunChannel, entry: LogEntry): void {
    const start = startOf(entry);
    this.#starts.delete(channel);
    if (start !== undefined) this.#remember(channel, start);
  }

  /** Forgets what was recorded, because entries may have been missed. */
  forget(): void {
    this.#breaks += 1;
    this.#starts.clear();
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

  /** Yields the events of a run after a position; all of them after the empty one. */
  async *events(channel: RunChannel, after: Position): AsyncIterable<RunEvent> {
    for await (const entry of this.after(channel, after)) {
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
    const start = await this.#firstStart(channel);
    return start && { terms: start.terms, instance: undefined, newest, end };
  }

  /**
   * Returns the facts of a running run whose latest start is not recorded. Those who ask meanwhile,
   * such as all viewers after a break, wait for one scan.
   */
  async #factsOfUnknown(channel: RunChannel, mayRead: MayRead): Promise<RunFacts | undefined> {
    const first = await this.#firstStart(channel);
    if (first === undefined || !mayRead(first.terms)) return undefined;
    const scan = this.#scans.get(channel);
    if (scan !== undefined) {
      await scan;
      return this.facts(channel, mayRead);
    }
    const own = this.#scan(channel).finally(() => this.#scans.delete(channel));
    this.#scans.set(channel, own);
    return own;
  }

  /** Returns the first entry of a run, which has the terms of every producer. */
  async #firstStart(channel: RunChannel): Promise<RunStart | undefined> {
    const [first] = (await this.#read(channel, "", 1)).entries;
    return first && startOf(first);
  }

  /**
   * Finds the latest start, which only a search of the whole run does. Once for each run: from then
   * on it is recorded.
   */
  async #scan(channel: RunChannel): Promise<RunFacts | undefined> {
    const breaks = this.#breaks;
    let start: RunStart | undefined;
    let newest: LogEntry | undefined;
    for await (const entry of this.after(channel, "")) {
      start = startOf(entry) ?? start;
      newest = entry;
    }
    if (start === undefined || newest === undefined) return undefined;
    const isRunning = endOf(newest) === undefined;
    if (isRunning && breaks === this.#breaks && !this.#starts.has(channel)) this.#remember(channel, start);
    return factsOf(start, newest);
  }

  #remember(channel: RunChannel, start: RunStart): void {
    this.#starts.set(channel, start);
    if (this.#starts.size <= maxProducers) return;
    const [oldest] = this.#starts.keys();
    this.#starts.delete(oldest!);
  }

  async #read(channel: RunChannel, start: ReadStart, limit: number, head?: Position) {
    const through = head ?? (await this.#tail.current());
    const page = this.#log.read(start, { channels: new Set([channel]), through, limit });
    return awaitLog(page, new Sleep(this.#timers));
  }
}

function factsOf({ terms, instance }: RunStart, newest: LogEntry): RunFacts {
  return { terms, instance, newest: newest.position, end: endOf(newest) };
}

/** Counts an event. */
export function addTo(size: RunSize, { data, event = "" }: Pick<LogEntry, "data" | "event">): void {
  size.events += 1;
  size.bytes += utf8Length(data) + utf8Length(event);
}
