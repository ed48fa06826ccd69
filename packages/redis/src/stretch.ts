import {
  type Channel,
  formatPosition,
  formatTagged,
  type LogEntry,
  type LogPage,
  offsetIn,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
  sizeOfEntry,
} from "@sse/hub/log";

/** A stretch of the log to read by one call of the script, for one reader or several. */
export interface StretchRequest {
  readonly start: ReadStart;
  /** Starts of other readers in the stretch. Each is checked to be of this history. */
  readonly otherStarts: ReadonlySet<Position>;
  /** The channels of all readers. */
  readonly channels: ReadonlySet<Channel>;
  readonly through: Position;
  readonly limit: number;
  readonly maxBytes: number;
  readonly knownEvictions: string | undefined;
}

/** The content of a stretch. */
export interface StretchContent {
  readonly epoch: string;
  /** Matching entries with their offsets, in log order. */
  readonly entries: readonly { readonly offset: number; readonly entry: LogEntry }[];
  /** The tag of the entry just before the first one; `undefined` if none is held there. */
  readonly tagBeforeFirst?: string;
  /** No entry of the channels up to here is left to read. */
  readonly scannedThrough: number;
  readonly evictions: string;
  /** Whether the start is a position of this history. */
  readonly isKnown: boolean;
  /** The channels of which entries after the start were evicted, and that is not known yet. */
  readonly evictedChannels: ReadonlySet<Channel>;
  /** The other starts that are positions of this history. */
  readonly knownStarts: readonly Position[];
}

/**
 * A stretch of the log that was read for a set of channels. It answers each reader that starts
 * within it, and follows no other channel, as a read of its own would have.
 */
export class Stretch {
  /** The bytes of all entries. */
  readonly bytes: number;
  readonly #request: StretchRequest;
  readonly #content: StretchContent;
  /** The offset after which it begins. */
  readonly #from: number;
  readonly #since: number;
  /**
   * Whether it answers other starts than its own. It knows the evictions after a known position
   * only.
   */
  readonly #answersOthers: boolean;
  readonly #sizes: readonly number[];
  /** The positions that are known to be of this history, and not of one that was rewritten. */
  readonly #known: ReadonlySet<Position>;

  constructor(request: StretchRequest, content: StretchContent) {
    const { start, knownEvictions } = request;
    const { epoch, entries, isKnown, knownStarts } = content;
    const isPosition = typeof start === "string" && isKnown;
    this.#request = request;
    this.#content = content;
    this.#from = isPosition ? offsetIn(epoch, start) : 0;
    this.#since = Number(knownEvictions ?? 0);
    this.#answersOthers = isPosition;
    this.#sizes = entries.map(({ entry }) => sizeOfEntry(entry));
    this.bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    const own = isPosition ? [start] : [];
    this.#known = new Set([...own, ...knownStarts, ...entries.map(({ entry }) => entry.position)]);
  }

  /** Whether {@link answer} returns a page. */
  answers(start: ReadStart, options: ReadOptions): boolean {
    return this.#startOf(start, options) !== undefined;
  }

  /** Returns the page of a reader, or `undefined` if it has to read by itself. */
  answer(start: ReadStart, options: ReadOptions): LogPage | undefined {
    const from = this.#startOf(start, options);
    if (from === undefined) return undefined;
    const { through, channels } = options;
    const { epoch, evictions } = this.#content;
    const end = Math.max(from, Math.min(this.#content.scannedThrough, offsetIn(epoch, through)));
    const { entries, offsets, isPartial } = this.#select(from, end, options);
    const scannedThrough = isPartial ? entries.at(-1)!.position : this.#positionAt(end, start, through);
    const page = { entries, scannedThrough, evictions };
    const reason = this.#gapReason(start, channels);
    if (reason === undefined) return page;
    const [first] = offsets;
    const resumesAfter = first === undefined ? scannedThrough : this.#positionBefore(first);
    return { ...page, gap: { reason, resumesAfter } };
  }

  /** Returns the offset after which a reader starts, if the stretch answers it. */
  #startOf(start: ReadStart, { channels, knownEvictions, through }: ReadOptions): number | undefined {
    const { epoch, scannedThrough } = this.#content;
    for (const channel of channels) if (!this.#request.channels.has(channel)) return undefined;
    const end = Math.min(scannedThrough, offsetIn(epoch, through));
    const since = Number(knownEvictions ?? 0);
    if (Number.isNaN(end)) return undefined;
    if (start === this.#request.start && since === this.#since) {
      const isComplete = !this.#content.isKnown || through === this.#request.through;
      return isComplete || this.#from < end ? this.#from : undefined;
    }
    if (typeof start !== "string" || !this.#answersOthers || since < this.#since) return undefined;
    // Entries that were evicted after an earlier start may precede this one.
    if (this.#hasEvicted(channels)) return undefined;
    const from = offsetIn(epoch, start);
    return from >= this.#from && from < end && this.#known.has(start) ? from : undefined;
  }

  /** Returns the position at the end of a page, with its tag if one of those known ends there. */
  #positionAt(offset: number, start: ReadStart, through: Position): Position {
    const { epoch, entries } = this.#content;
    const known = [through, entries.at(-1)?.entry.position ?? ""];
    if (typeof start === "string" && this.#known.has(start)) known.push(start);
    const position = known.find((candidate) => offsetIn(epoch, candidate) === offset);
    return position ?? formatPosition({ epoch, offset });
  }

  /** Returns the last position before an entry of which the tag is known. */
  #positionBefore(offset: number): Position {
    const { epoch, entries, tagBeforeFirst } = this.#content;
    const index = entries.findIndex((stored) => stored.offset === offset);
    return entries[index - 1]?.entry.position ?? formatTagged(epoch, offset - 1, tagBeforeFirst);
  }

  #hasEvicted(channels: ReadonlySet<Channel>): boolean {
    const { evictedChannels } = this.#content;
    return evictedChannels.size > 0 && [...channels].some((channel) => evictedChannels.has(channel));
  }

  #select(
    from: number,
    end: number,
    { channels, limit, maxBytes = Number.POSITIVE_INFINITY }: ReadOptions,
  ): { entries: LogEntry[]; offsets: number[]; isPartial: boolean } {
    const selected = { entries: [] as LogEntry[], offsets: [] as number[] };
    const isForAll = channels.size === this.#request.channels.size;
    let bytes = 0;
    for (const [i, { offset, entry }] of this.#content.entries.entries()) {
      if (offset <= from) continue;
      if (offset > end) break;
      if (!isForAll && !entry.channels.some((channel) => channels.has(channel))) continue;
      bytes += this.#sizes[i]!;
      const count = selected.entries.length;
      if (count > 0 && (count === limit || bytes > maxBytes)) return { ...selected, isPartial: true };
      selected.entries.push(entry);
      selected.offsets.push(offset);
    }
    return { ...selected, isPartial: false };
  }

  #gapReason(start: ReadStart, channels: ReadonlySet<Channel>): "evicted" | "epoch" | "unknown" | undefined {
    if (typeof start !== "string") return undefined;
    if (this.#content.isKnown) return this.#hasEvicted(channels) ? "evicted" : undefined;
    const epoch = parsePosition(start)?.epoch;
    return epoch === undefined || epoch === this.#content.epoch ? "unknown" : "epoch";
  }
}
