import type { GapReason } from "@sse/core";
import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { logClosed } from "../errors.js";
import { utf8Length } from "../utf8.js";
import { ChannelIndex, type HeldEntry } from "./channel-index.js";
import {
  type AppendOptions,
  type EventLog,
  type LogEntry,
  type LogFollower,
  type LogPage,
  type LogRetention,
  maxPageBytes,
  type NewLogEntry,
  type ReadOptions,
  type ReadStart,
} from "./event-log.js";
import { IdempotencyKeys } from "./idempotency-keys.js";
import { OrderedList } from "./ordered-list.js";
import type { Position } from "./position.js";
import { formatPosition, parsePosition, randomEpoch } from "./position.js";
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
   * Milliseconds for which an idempotency key is remembered. All keys together take at most 16 MiB;
   * beyond that the oldest are forgotten early. Default 120,000.
   */
  idempotencyWindow?: number | undefined;
  /** Returns a monotonic time in milliseconds, for tests. Default `performance.now()`. */
  now?: (() => number) | undefined;
}

/** Stands for entries that are no longer held. */
const evicted: LogEntry = { channels: [], data: "", position: "" };

const defaults = {
  maxEvents: 10_000,
  maxEventsPerTopic: 1_000,
  maxAge: 0,
  maxBytes: 64 * 1024 * 1024,
  idempotencyWindow: 120_000,
};

const optionNames = [...Object.keys(defaults), "now"];

/**
 * Creates a log in this process's memory. Each log object is an epoch of its own, so positions of
 * an earlier process are recognized, and their readers are told of a gap.
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
  readonly #epoch = randomEpoch();
  readonly #index: ChannelIndex;
  readonly #keys: IdempotencyKeys;
  readonly #now: () => number;
  readonly #followers = new Set<LogFollower>();
  readonly #entries = new OrderedList<HeldEntry>(({ offset }) => offset);
  #bytes = 0;
  #head = 0;
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
    this.#now = options.now ?? (() => performance.now());
    this.#index = new ChannelIndex(maxEventsPerTopic);
    this.#keys = new IdempotencyKeys(idempotencyWindow);
  }

  async append(entry: NewLogEntry, options: AppendOptions = {}): Promise<Position> {
    this.#assertOpen();
    const now = this.#now();
    const { idempotencyKey } = options;
    const earlier = idempotencyKey === undefined ? undefined : this.#keys.find(idempotencyKey, entry, now);
    if (earlier !== undefined) {
      options.onRepeat?.();
      return earlier;
    }

    this.#head += 1;
    const stored = { ...entry, position: this.#position(this.#head) };
    this.#hold(stored, now);
    if (idempotencyKey !== undefined) this.#keys.remember(idempotencyKey, stored, now);
    for (const follower of this.#followers) follower.entries([stored]);
    return stored.position;
  }

  async read(start: ReadStart, { channels, through, limit, knownEvictions }: ReadOptions): Promise<LogPage> {
    this.#assertOpen();
    this.#evictOld(this.#now());
    const end = this.#offset(through);
    const asked =
      typeof start === "string" ? this.#offset(start) : this.#index.startOfLast(start.last, channels, end);
    const known = asked <= this.#head;
    const after = known ? asked : 0;

    const matching = this.#index.collect(channels, after, end, limit);
    const found = matching.slice(0, pageLength(matching));
    const isPartial = found.length === limit || found.length < matching.length;
    const scanned = isPartial ? found.at(-1)!.offset : Math.max(end, after);
    const page = {
      entries: found.map((held) => held.entry),
      scannedThrough: this.#position(scanned),
      evictions: this.#index.evictions,
    };
    if (typeof start !== "string") return page;
    if (known && !this.#index.hasEvicted(channels, after, knownEvictions)) return page;
    const reason = known ? "evicted" : this.#reasonFor(start);
    const resumesAfter = found[0] === undefined ? scanned : found[0].offset - 1;
    return { ...page, gap: { reason, resumesAfter: this.#position(resumesAfter) } };
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    follower.reset(this.#position(this.#head));
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  async head(): Promise<Position> {
    this.#assertOpen();
    return this.#position(this.#head);
  }

  compare(a: Position, b: Position): number {
    return this.#offset(a) - this.#offset(b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#followers.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }

  #hold(entry: LogEntry, now: number): void {
    const held: HeldEntry = {
      entry,
      offset: this.#head,
      bytes: sizeOf(entry),
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

  #position(offset: number): Position {
    return formatPosition({ epoch: this.#epoch, offset });
  }

  /**
   * Returns the offset of a position of this epoch, else `NaN`, which compares as false with
   * everything.
   */
  #offset(position: string): number {
    const parts = parsePosition(position);
    return parts?.epoch === this.#epoch && parts.tag === undefined ? parts.offset : Number.NaN;
  }

  #reasonFor(start: string): GapReason {
    const epoch = parsePosition(start)?.epoch;
    return epoch === undefined || epoch === this.#epoch ? "unknown" : "epoch";
  }
}

/** The number of entries until a page is full. */
function pageLength(matching: readonly HeldEntry[]): number {
  let bytes = 0;
  for (const [i, held] of matching.entries()) {
    bytes += held.bytes;
    if (bytes >= maxPageBytes) return i + 1;
  }
  return matching.length;
}

/** The first channel is not counted: its name is kept once, however many entries it has. */
function sizeOf({ data, event = "", conflateKey = "", channels }: NewLogEntry): number {
  let bytes = utf8Length(data) + utf8Length(event) + utf8Length(conflateKey);
  for (let i = 1; i < channels.length; i += 1) bytes += utf8Length(channels[i]!);
  return bytes;
}
