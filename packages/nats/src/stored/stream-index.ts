import { type Channel, EvictionHistory, mergeOrdered } from "@sse/hub/log";
import type { Addressed } from "../entry-codec.js";
import { Sequences } from "./sequences.js";

/** The entries of one channel. */
interface ChannelEntries {
  /** Entries on its own subject. */
  readonly own: Sequences;
  /** Entries on the subject that several channels share. */
  readonly shared: Sequences;
  /** Whether its own subject had more than is listed, which shows what was evicted. */
  hasDropped: boolean;
}

interface SharedEntry {
  readonly sequence: number;
  readonly channels: readonly Channel[];
}

/**
 * Lists which entries the stream holds for which channel, and which were evicted. The engine
 * reports neither what it evicted nor when, so each log object keeps this while it follows:
 * sequences only, the entries are in the stream. Each subject lists its newest entries; the stream
 * holds a few more, so that what is listed can be read.
 */
// Over 25 members: one for each change and each question, over one set of lists.
export class StreamIndex {
  readonly #maxPerSubject: number;
  readonly #holdsWhole: boolean;
  readonly #channels = new Map<Channel, ChannelEntries>();
  readonly #history = new EvictionHistory();
  readonly #shared: SharedEntry[] = [];
  /** Whether an entry for several channels was dropped because there were too many. */
  #droppedShared = false;
  #droppedThrough = 0;
  /** Nothing before this sequence is held. */
  #first = 0;

  /**
   * @param maxPerSubject the number of entries of a subject that are listed. `Infinity` for all.
   * @param holdsWhole whether a channel that is held at all has lost nothing.
   */
  constructor(maxPerSubject: number, holdsWhole: boolean = false) {
    this.#maxPerSubject = maxPerSubject;
    this.#holdsWhole = holdsWhole;
  }

  /** Adds an entry that is newer than those before. */
  add(sequence: number, { channels, shared }: Addressed): void {
    for (const channel of channels) {
      const entries = this.#open(channel);
      (shared ? entries.shared : entries.own).push(sequence);
      if (shared || entries.own.size <= this.#maxPerSubject) continue;
      this.#droppedThrough = Math.max(this.#droppedThrough, entries.own.oldest!);
      this.#dropOldest(channel, entries);
    }
    if (!shared) return;
    this.#shared.push({ sequence, channels });
    if (this.#shared.length <= this.#maxPerSubject) return;
    this.#droppedShared = true;
    this.#droppedThrough = Math.max(this.#droppedThrough, this.#shared[0]!.sequence);
    this.#dropShared(this.#shared[0]!);
  }

  /** Records that an entry is no longer held. */
  remove(sequence: number, channels: ReadonlySet<Channel>): void {
    const shared = this.#shared.find((entry) => entry.sequence === sequence);
    if (shared !== undefined) this.#dropShared(shared);
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries?.own.between(sequence - 1, sequence, 1).length !== 1) continue;
      entries.own.remove(sequence);
      this.#recordEviction(channel, entries, sequence);
    }
  }

  /** Records that nothing of a channel before a sequence is held any more. */
  release(channel: Channel, before: number): void {
    const entries = this.#channels.get(channel);
    if (entries === undefined) return;
    while ((entries.own.oldest ?? before) < before) this.#dropOldest(channel, entries);
  }

  /** The highest sequence that was dropped because its subject had more than is listed. */
  get droppedThrough(): number {
    return this.#droppedThrough;
  }

  /** Returns the sequence of a channel's newest entry. */
  newestOf(channel: Channel): number | undefined {
    return this.#channels.get(channel)?.own.newest;
  }

  /** Records that nothing before a sequence is held any more. */
  dropBefore(first: number): void {
    if (first <= this.#first) return;
    this.#first = first;
    while (this.#shared[0] !== undefined && this.#shared[0].sequence < first)
      this.#dropShared(this.#shared[0]);
    for (const [channel, entries] of this.#channels)
      while ((entries.own.oldest ?? first) < first) this.#dropOldest(channel, entries);
  }

  /** Records that entries of unknown channels up to a sequence may have been evicted. */
  evictThrough(through: number): void {
    if (!this.#holdsWhole) {
      this.#history.recordAnywhere(through);
      return;
    }
    this.#history.recordForgotten(through);
    for (const [channel, { own }] of this.#channels)
      this.#history.record(channel, Math.min(through, own.oldest! - 1));
  }

  /**
   * Records what may have been evicted unseen while this index was built: subjects with `max`
   * entries or more may have been full, and have evicted entries that were not listed yet, unless
   * they have more than are listed.
   */
  recordUnseenEvictions(max: number, through: number): void {
    if (max <= 0 || (this.#shared.length >= max && !this.#droppedShared)) {
      this.evictThrough(through);
      return;
    }
    for (const [channel, entries] of this.#channels)
      if (entries.own.size >= max && !entries.hasDropped) this.#history.record(channel, through);
  }

  /**
   * Returns at most `limit` entries for any of the channels with `after < sequence <= through`,
   * oldest first, each once.
   */
  collect(channels: ReadonlySet<Channel>, after: number, through: number, limit: number): number[] {
    const lists = this.#listsOf(channels);
    if (lists.length <= 1) return lists[0]?.between(after, through, limit) ?? [];
    return mergeOrdered(
      lists.map((list) => list.ascending(after, through)),
      (sequence) => sequence,
      limit,
    );
  }

  /**
   * Returns the sequence after which the `count` newest entries for any of the channels follow, up
   * to `through`.
   */
  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number {
    const lists = this.#listsOf(channels).map((list) => list.descending(through));
    const oldest = mergeOrdered(lists, (sequence) => -sequence, count).at(-1);
    return oldest === undefined ? through : oldest - 1;
  }

  /** Names what has been evicted so far, for {@link hasEvicted}. */
  get evictions(): string {
    return this.#history.token;
  }

  /**
   * Whether an entry after a sequence was evicted from one of the channels, or may have been,
   * unless an earlier value of {@link evictions} covers it.
   */
  hasEvicted(channels: ReadonlySet<Channel>, after: number, known: string | undefined): boolean {
    return this.#history.hasEvicted(channels, after, known);
  }

  #listsOf(channels: ReadonlySet<Channel>): Sequences[] {
    const lists: Sequences[] = [];
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries !== undefined) lists.push(entries.own, entries.shared);
    }
    return lists.filter(({ size }) => size > 0);
  }

  #open(channel: Channel): ChannelEntries {
    let entries = this.#channels.get(channel);
    if (entries === undefined) {
      entries = { own: new Sequences(), shared: new Sequences(), hasDropped: false };
      this.#channels.set(channel, entries);
      this.#history.hold(channel);
    }
    return entries;
  }

  #dropShared(entry: SharedEntry): void {
    this.#shared.splice(this.#shared.indexOf(entry), 1);
    for (const channel of entry.channels) {
      const entries = this.#channels.get(channel)!;
      entries.shared.remove(entry.sequence);
      this.#recordEviction(channel, entries, entry.sequence);
    }
  }

  #dropOldest(channel: Channel, entries: ChannelEntries): void {
    const sequence = entries.own.oldest!;
    entries.own.shift();
    entries.hasDropped = true;
    this.#recordEviction(channel, entries, sequence);
  }

  #recordEviction(channel: Channel, entries: ChannelEntries, sequence: number): void {
    this.#history.record(channel, sequence);
    if (entries.own.size + entries.shared.size > 0) return;
    this.#channels.delete(channel);
    this.#history.release(channel);
  }
}
