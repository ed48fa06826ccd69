import type { GapReason } from "@sse/core";
import { utf8Length } from "../utf8.js";
import type { Channel } from "./channel.js";
import {
  type LogEntry,
  type LogPage,
  maxPageBytes,
  type NewLogEntry,
  type ReadOptions,
  type ReadStart,
} from "./event-log.js";
import { formatPosition, type Position, parsePosition, randomEpoch } from "./position.js";

/** An entry in the memory of this process. */
export interface IndexedEntry {
  readonly entry: LogEntry;
  readonly offset: number;
  readonly bytes: number;
}

/** The entries that a log holds in memory, by channel. */
export interface MemoryIndex {
  /**
   * Returns at most `limit` entries for any of the channels with `after < offset <= through`,
   * oldest first, each once.
   */
  collect(
    channels: ReadonlySet<Channel>,
    after: number,
    through: number,
    limit: number,
  ): readonly IndexedEntry[];
  /**
   * Returns the offset after which the `count` newest entries for any of the channels follow, up to
   * `through`.
   */
  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number;
  /** Names the evictions so far, for {@link hasEvicted}. */
  readonly evictions: string;
  /**
   * Whether an entry after an offset was evicted from one of the channels, later than an earlier
   * `evictions`.
   */
  hasEvicted(channels: ReadonlySet<Channel>, after: number, since?: string): boolean;
}

/** The positions of a log in memory, which is an epoch of its own. */
export class MemoryPositions {
  readonly #epoch = randomEpoch();

  format(offset: number): Position {
    return formatPosition({ epoch: this.#epoch, offset });
  }

  /**
   * Returns the offset of a position of this epoch, else `NaN`, which compares as false with
   * everything.
   */
  offsetOf(position: string): number {
    const parts = parsePosition(position);
    return parts?.epoch === this.#epoch && parts.tag === undefined ? parts.offset : Number.NaN;
  }

  compare(a: Position, b: Position): number {
    return this.offsetOf(a) - this.offsetOf(b);
  }

  /** Returns the reason why nothing resumes from a start that was never assigned here. */
  reasonFor(start: string): GapReason {
    const epoch = parsePosition(start)?.epoch;
    return epoch === undefined || epoch === this.#epoch ? "unknown" : "epoch";
  }
}

/** Reads a page as {@link ReadableLog.read} does, of a log whose newest offset is `head`. */
export function readPage(
  index: MemoryIndex,
  positions: MemoryPositions,
  head: number,
  start: ReadStart,
  { channels, through, limit, maxBytes = maxPageBytes, knownEvictions }: ReadOptions,
): LogPage {
  const end = positions.offsetOf(through);
  const asked =
    typeof start === "string" ? positions.offsetOf(start) : index.startOfLast(start.last, channels, end);
  const known = asked <= head;
  const after = known ? asked : 0;

  const matching = index.collect(channels, after, end, limit);
  const found = matching.slice(0, pageLength(matching, maxBytes));
  const isPartial = found.length === limit || found.length < matching.length;
  const scanned = isPartial ? found.at(-1)!.offset : Math.max(end, after);
  const page = {
    entries: found.map(({ entry }) => entry),
    scannedThrough: positions.format(scanned),
    evictions: index.evictions,
  };
  if (typeof start !== "string") return page;
  if (known && !index.hasEvicted(channels, after, knownEvictions)) return page;
  const reason = known ? "evicted" : positions.reasonFor(start);
  const resumesAfter = found[0] === undefined ? scanned : found[0].offset - 1;
  return { ...page, gap: { reason, resumesAfter: positions.format(resumesAfter) } };
}

/** Returns the size of an entry in bytes. */
export function sizeOfEntry(entry: NewLogEntry): number {
  const { data, event } = entry;
  return utf8Length(data) + (event === undefined ? 0 : utf8Length(event)) + sizeOfKeys(entry);
}

/**
 * Returns the bytes of the conflate key and of the channels of an entry. The first channel is not
 * counted: its name is kept once, however many entries it has.
 */
export function sizeOfKeys({ conflateKey, channels }: Pick<NewLogEntry, "channels" | "conflateKey">): number {
  let bytes = 0;
  if (conflateKey !== undefined) bytes += utf8Length(conflateKey);
  for (let i = 1; i < channels.length; i += 1) bytes += utf8Length(channels[i]!);
  return bytes;
}

/**
 * Returns an entry with its position. Not by a spread: V8 gives each object that is made by one and
 * gets a further property a shape of its own, and whatever reads it later misses its caches, which
 * is half of the cost of a publish.
 *
 * @param channels those of the entry, as a list that entries share.
 */
export function storedEntry(
  { channels: own, data, event, conflateKey, except }: NewLogEntry,
  position: Position,
  channels: readonly Channel[] = own,
): LogEntry {
  const entry: { -readonly [Key in keyof LogEntry]: LogEntry[Key] } = { channels, data, position };
  if (event !== undefined) entry.event = event;
  if (conflateKey !== undefined) entry.conflateKey = conflateKey;
  if (except !== undefined) entry.except = except;
  return entry;
}

/** Returns how many entries a page has: at least one, and no more than the reader can use. */
function pageLength(matching: readonly IndexedEntry[], maxBytes: number): number {
  let bytes = 0;
  for (const [i, indexed] of matching.entries()) {
    if (i > 0 && bytes + indexed.bytes > maxBytes) return i;
    bytes += indexed.bytes;
    if (bytes >= maxPageBytes) return i + 1;
  }
  return matching.length;
}
