import type { Timers } from "@sse/core";
import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { systemClock } from "../clock.js";
import { logClosed, notAFunction } from "../errors.js";
import { ChannelIndex, type HeldEntry } from "./channel-index.js";
import type {
  AppendOptions,
  EventLog,
  LogEntry,
  LogFollower,
  LogPage,
  LogRetention,
  NewLogEntry,
  ReadOptions,
  ReadStart,
  RunLog,
} from "./event-log.js";
import { IdempotencyKeys } from "./idempotency-keys.js";
import { MemoryPositions, readPage, sizeOfEntry, storedEntry } from "./memory-page.js";
import { type MemoryLogTime, MemoryRunLog } from "./memory-run-log.js";
import { OrderedList } from "./ordered-list.js";
import type { Position } from "./position.js";
import { guaranteedRetention } from "./retention.js";

/** Options of a memory log. The bound that is reached first evicts; 0 means unlimited. */
export interface MemoryLogOptions {
  /** The maximum number of entries. The oldest are evicted first. Default 10,000. */
  maxEvents?: number | undefined;
  /**
   * The maximum number of entries of each topic, of each user, and of broadcasts. Default 1,000.
   */
  maxEventsPerTopic?: number | undefined;
  /** Milliseconds after which an entry is no longer held. Default 0. */
  maxAge?: number | undefined;
  /**
   * The maximum size of all entries, in bytes as UTF-8: their data, event names and conflate keys,
   * and the names of all channels but the first. Default 64 MiB.
   */
  maxBytes?: number | undefined;
  /**
   * The size of all runs together, in bytes, from which on no further run starts: `hub.run` rejects
   * with `overloaded` until some are released. Runs that have started are not affected. 0: no
   * limit. Default 256 MiB.
   */
  maxRunBytes?: number | undefined;
  /**
   * Milliseconds for which an idempotency key is remembered. All keys together use at most 16 MiB;
   * beyond that the oldest are forgotten early. Default 120,000.
   */
  idempotencyWindow?: number | undefined;
  /** Returns a monotonic time in milliseconds, for tests. Default `performance.now()`. */
  now?: (() => number) | undefined;
  /** Timers for the release of runs, for tests. Default: the runtime's. */
  timers?: Timers | undefined;
}

/** Stands for entries that are no longer held. */
const evicted: LogEntry = { channels: [], data: "", position: "" };

const defaults = {
  maxEvents: 10_000,
  maxEventsPerTopic: 1_000,
  maxAge: 0,
  maxBytes: 64 * 1024 * 1024,
  maxRunBytes: 256 * 1024 * 1024,
  idempotencyWindow: 120_000,
};

const optionNames = [...Object.keys(defaults), "now", "timers"];

/**
 * Creates a log in this process's memory. Each log object is an epoch of its own, so positions of
 * an earlier process are recognized, and a gap is reported to their readers. Runs are held outside
 * the other bounds, each for its ttl.
 *
 * @throws {SseError} `invalid-option` for a bound that is not a non-negative integer, or for an
 * unknown option.
 */
export function createMemoryLog(options: MemoryLogOptions = {}): EventLog {
  return new MemoryLog(options);
}

/**
 * Marks memory logs, also those of another copy of this package, which `instanceof` does not
 * recognize.
 */
const brand = Symbol.for("@sse/hub memory log");

/** Returns whether a log lives in this process, so that it responds to an append at once. */
export function isMemoryLog(log: EventLog): boolean {
  return brand in log;
}

// Over 25 members: the contract of EventLog, and the bounds that each append applies.
class MemoryLog implements EventLog {
  readonly [brand] = true;
  readonly retention: LogRetention;
  readonly #maxEvents: number;
  readonly #maxRunBytes: number;
  readonly #positions = new MemoryPositions();
  readonly #index: ChannelIndex;
  readonly #keys: IdempotencyKeys;
  readonly #time: MemoryLogTime;
  readonly #followers = new Set<LogFollower>();
  readonly #entries = new OrderedList<HeldEntry>(({ offset }) => offset);
  #bytes = 0;
  #head = 0;
  #runs: MemoryRunLog | undefined;
  #closed = false;

  constructor(options: MemoryLogOptions) {
    requireKnownKeys(options, optionNames, "createMemoryLog");
    const bound = (name: keyof typeof defaults) =>
      requireAtLeast(0, `createMemoryLog: ${name}`, options[name] ?? defaults[name]);
    const { idempotencyWindow, maxEventsPerTopic, ...bounds } = {
      maxEvents: bound("maxEvents"),
      maxEventsPerTopic: bound("maxEventsPerTopic") || Number.POSITIVE_INFINITY,
      maxAge: bound("maxAge"),
      maxBytes: bound("maxBytes"),
      idempotencyWindow: bound("idempotencyWindow"),
    };
    this.retention = guaranteedRetention(bounds, { maxEvents: maxEventsPerTopic });
    this.#maxEvents = bounds.maxEvents || Number.POSITIVE_INFINITY;
    this.#maxRunBytes = bound("maxRunBytes") || Number.POSITIVE_INFINITY;
    const { now = systemClock.monotonic, timers = systemClock } = options;
    if (typeof now !== "function") throw notAFunction("createMemoryLog", "now", now);
    this.#time = { now, timers };
    this.#index = new ChannelIndex(maxEventsPerTopic);
    this.#keys = new IdempotencyKeys(idempotencyWindow);
  }

  async append(entry: NewLogEntry, options: AppendOptions = {}): Promise<Position> {
    return this.#append(entry, options);
  }

  #append(entry: NewLogEntry, options: AppendOptions): Position {
    this.#assertOpen();
    const now = this.#time.now();
    const { idempotencyKey } = options;
    const earlier = idempotencyKey === undefined ? undefined : this.#keys.find(idempotencyKey, entry, now);
    if (earlier !== undefined) {
      options.onRepeat?.();
      return earlier;
    }

    this.#head += 1;
    const stored = storedEntry(entry, this.#positions.format(this.#head), this.#index.shared(entry.channels));
    this.#hold(stored, now);
    if (idempotencyKey !== undefined) this.#keys.remember(idempotencyKey, stored, now);
    for (const follower of this.#followers) follower.entries([stored]);
    return stored.position;
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    this.#assertOpen();
    this.#evictOld(this.#time.now());
    return readPage(this.#index, this.#positions, this.#head, start, options);
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    follower.reset(this.#positions.format(this.#head));
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  async head(): Promise<Position> {
    this.#assertOpen();
    return this.#positions.format(this.#head);
  }

  get runs(): RunLog {
    this.#runs ??= new MemoryRunLog(this.#time, this.#maxRunBytes);
    return this.#runs;
  }

  compare(a: Position, b: Position): number {
    return this.#positions.compare(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#followers.clear();
    await this.runs.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }

  #hold(entry: LogEntry, now: number): void {
    const held: HeldEntry = {
      entry,
      offset: this.#head,
      bytes: sizeOfEntry(entry),
      appendedAt: now,
      holds: entry.channels.length,
    };
    this.#entries.push(held);
    this.#bytes += held.bytes;
    for (const released of this.#index.add(held)) this.#drop(released);
    this.#evictOld(now);
  }

  /** Evicts from the oldest on until the bounds hold. */
  #evictOld(now: number): void {
    const { maxBytes, maxAge } = this.retention;
    for (;;) {
      const { oldest, size } = this.#entries;
      if (oldest === undefined) return;
      const isOver = size > this.#maxEvents || this.#bytes > maxBytes || now - oldest.appendedAt >= maxAge;
      if (!isOver) return;
      this.#index.remove(oldest);
      this.#drop(oldest);
    }
  }

  #drop(held: HeldEntry): void {
    this.#entries.remove(held);
    this.#bytes -= held.bytes;
    held.entry = evicted;
  }
}
