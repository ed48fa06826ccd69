import type { Channel } from "@sse/hub/log";
import type { Addressed } from "../entry-codec.js";
import { randomEpoch } from "../position.js";
import { Sequences } from "./sequences.js";

/** What has been evicted. */
interface Evictions {
  /** The highest sequence, 0 if there is none. */
  readonly through: number;
  /** The serial number of the last eviction, 0 if there is none. */
  readonly serial: number;
}

/** The entries of one channel. */
interface ChannelEntries {
  /** On its own subject. */
  readonly own: Sequences;
  /** On the subject that several channels share. */
  readonly shared: Sequences;
  evictions: Evictions;
}

interface SharedEntry {
  readonly sequence: number;
  readonly channels: readonly Channel[];
}

const none: Evictions = { through: 0, serial: 0 };

/** How many channels without entries are remembered one by one before they share one floor. */
const rememberedChannels = 10_000;

/**
 * Which entries the stream holds for which channel, and which were evicted. The engine tells neither what it evicted nor when, so each
 * log object keeps this while it follows: numbers only, the entries are in the stream. Each subject counts its newest entries; the stream
 * holds a few more, so that what this index lists is there to be read.
 */
export class StreamIndex {
  readonly #maxPerSubject: number;
  readonly #id = randomEpoch();
  readonly #channels = new Map<Channel, ChannelEntries>();
  /** Channels that have lost their last entry, in the order in which they did. */
  readonly #emptied = new Set<Channel>();
  readonly #shared: SharedEntry[] = [];
  /** Whether more were added than are to be listed of what is for several channels. */
  #droppedShared = false;
  /** What may have been evicted from any channel. */
  #floor = none;
  #serial = 0;

  /** @param maxPerSubject the newest entries of a subject that are listed. `Infinity` for all. */
  constructor(maxPerSubject: number) {
    this.#maxPerSubject = maxPerSubject;
  }

  /** Adds an entry that is newer than those before. */
  add(sequence: number, { channels, shared }: Addressed): void {
    for (const channel of channels) {
      const entries = this.#open(channel);
      (shared ? entries.shared : entries.own).push(sequence);
      if (!shared && entries.own.size > this.#maxPerSubject) this.#dropOldest(channel, entries);
    }
    if (!shared) return;
    this.#shared.push({ sequence, channels });
    if (this.#shared.length <= this.#maxPerSubject) return;
    this.#droppedShared = true;
    this.#dropShared(this.#shared[0]!);
  }

  /** Notes that an entry is gone. */
  remove(sequence: number, channels: ReadonlySet<Channel>): void {
    const shared = this.#shared.find((entry) => entry.sequence === sequence);
    if (shared !== undefined) this.#dropShared(shared);
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries?.own.between(sequence - 1, sequence, 1).length !== 1) continue;
      entries.own.remove(sequence);
      this.#note(channel, entries, sequence);
    }
  }

  /** Notes that everything before a sequence is gone. */
  dropBefore(first: number): void {
    while (this.#shared[0] !== undefined && this.#shared[0].sequence < first)
      this.#dropShared(this.#shared[0]);
    for (const [channel, entries] of this.#channels)
      while ((entries.own.oldest ?? first) < first) this.#dropOldest(channel, entries);
  }

  /** Notes that entries up to a sequence may be gone, nobody knows of which channels. */
  lose(through: number): void {
    this.#serial += 1;
    this.#floor = { through: Math.max(this.#floor.through, through), serial: this.#serial };
  }

  /**
   * Notes what may be gone unseen where entries came while this was made: subjects with so many entries or more may have been full, and have
   * pushed out some that were not listed yet, unless they show more than are to be listed.
   */
  loseUnseen(most: number, through: number): void {
    if (most <= 0 || (this.#shared.length >= most && !this.#droppedShared)) {
      this.lose(through);
      return;
    }
    for (const [channel, entries] of this.#channels)
      if (entries.own.size >= most && entries.evictions === none) this.#note(channel, entries, through);
  }

  /** At most `limit` entries for any of the channels with `after < sequence <= through`, oldest first, each once. */
  collect(channels: ReadonlySet<Channel>, after: number, through: number, limit: number): number[] {
    const found = this.#gather(channels, (sequences) => sequences.between(after, through, limit));
    return found.slice(0, limit);
  }

  /** The sequence after which the `count` newest entries for any of the channels follow, up to `through`. */
  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number {
    const newest = this.#gather(channels, (sequences) => sequences.last(count, through));
    const oldest = newest[Math.max(0, newest.length - count)];
    return count === 0 || oldest === undefined ? through : oldest - 1;
  }

  /** Names what has been evicted so far, for {@link hasEvicted}. */
  get evictions(): string {
    return `${this.#id}.${this.#serial}`;
  }

  /** Whether an entry after a sequence was evicted from one of the channels, or may have been, that an earlier `evictions` does not cover. */
  hasEvicted(channels: ReadonlySet<Channel>, after: number, known: string | undefined): boolean {
    const since = this.#serialIn(known);
    const isNew = ({ through, serial }: Evictions) => through > after && serial > since;
    if (isNew(this.#floor)) return true;
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries !== undefined && isNew(entries.evictions)) return true;
    }
    return false;
  }

  /** An index that begins anew knows nothing of what an earlier one called known. */
  #serialIn(known = ""): number {
    const [id, serial] = known.split(".");
    return id === this.#id ? Number(serial) : 0;
  }

  /** Sorted, each once. */
  #gather(channels: ReadonlySet<Channel>, pick: (sequences: Sequences) => number[]): number[] {
    const found = new Set<number>();
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries === undefined) continue;
      for (const sequence of pick(entries.own)) found.add(sequence);
      for (const sequence of pick(entries.shared)) found.add(sequence);
    }
    return [...found].sort((a, b) => a - b);
  }

  #open(channel: Channel): ChannelEntries {
    this.#emptied.delete(channel);
    let entries = this.#channels.get(channel);
    if (entries === undefined) {
      entries = { own: new Sequences(), shared: new Sequences(), evictions: none };
      this.#channels.set(channel, entries);
    }
    return entries;
  }

  #dropShared(entry: SharedEntry): void {
    this.#shared.splice(this.#shared.indexOf(entry), 1);
    for (const channel of entry.channels) {
      const entries = this.#channels.get(channel)!;
      entries.shared.remove(entry.sequence);
      this.#note(channel, entries, entry.sequence);
    }
  }

  #dropOldest(channel: Channel, entries: ChannelEntries): void {
    const sequence = entries.own.oldest!;
    entries.own.shift();
    this.#note(channel, entries, sequence);
  }

  #note(channel: Channel, entries: ChannelEntries, sequence: number): void {
    this.#serial += 1;
    entries.evictions = { through: Math.max(entries.evictions.through, sequence), serial: this.#serial };
    if (entries.own.size + entries.shared.size === 0) this.#forgetLater(channel);
  }

  #forgetLater(channel: Channel): void {
    this.#emptied.add(channel);
    if (this.#emptied.size <= rememberedChannels) return;
    for (const oldest of this.#emptied) {
      const { through } = this.#channels.get(oldest)!.evictions;
      this.#channels.delete(oldest);
      this.#emptied.delete(oldest);
      this.lose(through);
      return;
    }
  }
}
