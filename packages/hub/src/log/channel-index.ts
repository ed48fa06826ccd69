import type { Channel } from "./channel.js";
import type { HeldEntry } from "./memory-log.js";

/** The entries of one channel, oldest first. */
interface ChannelEntries {
  entries: HeldEntry[];
  /** From here on the entries count as this channel's own newest; the ones before are held by other channels alone. */
  ownFrom: number;
  evictions: Evictions;
}

/** What has been evicted from a channel. */
interface Evictions {
  /** The highest offset, 0 if there is none. */
  readonly through: number;
  /** The serial number of the last eviction, 0 if there is none. */
  readonly serial: number;
}

/** How many channels without entries are remembered one by one before they share one floor. */
const rememberedChannels = 10_000;

/**
 * What a memory log holds, by channel. Each channel counts its newest entries; an entry for several channels is held while one of them
 * counts it, and stays readable through all of them until then.
 */
export class ChannelIndex {
  readonly #maxPerChannel: number;
  readonly #channels = new Map<Channel, ChannelEntries>();
  /** Channels that have lost their last entry, in the order in which they did. */
  readonly #emptied = new Set<Channel>();
  /** What was evicted from channels that are no longer remembered. */
  #forgotten: Evictions = { through: 0, serial: 0 };
  #evictions = 0;

  constructor(maxPerChannel: number) {
    this.#maxPerChannel = maxPerChannel;
  }

  /** Adds a new entry to its channels and returns what no channel counts any more. */
  add(held: HeldEntry): HeldEntry[] {
    const released: HeldEntry[] = [];
    for (const channel of held.entry.channels) {
      const own = this.#open(channel);
      own.entries.push(held);
      if (own.entries.length - own.ownFrom <= this.#maxPerChannel) continue;
      const displaced = own.entries[own.ownFrom]!;
      own.ownFrom += 1;
      displaced.holds -= 1;
      if (displaced.holds === 0) released.push(displaced);
    }
    for (const entry of released) this.remove(entry);
    return released;
  }

  /** Removes an entry from all its channels and notes that it is gone. */
  remove(held: HeldEntry): void {
    this.#evictions += 1;
    const eviction = { through: held.offset, serial: this.#evictions };
    for (const channel of held.entry.channels) {
      const own = this.#channels.get(channel)!;
      const at = own.entries.indexOf(held);
      own.entries.splice(at, 1);
      if (at < own.ownFrom) own.ownFrom -= 1;
      own.evictions = later(own.evictions, eviction);
      if (own.entries.length === 0) this.#forgetLater(channel);
    }
  }

  /** At most `limit` entries for any of the channels with `after < offset <= through`, oldest first, each once. */
  collect(channels: ReadonlySet<Channel>, after: number, through: number, limit: number): HeldEntry[] {
    const found: HeldEntry[] = [];
    for (const channel of channels) {
      const entries = this.#channels.get(channel)?.entries ?? [];
      const from = firstAfter(entries, after);
      const to = Math.min(firstAfter(entries, through), from + limit);
      for (let i = from; i < to; i += 1) found.push(entries[i]!);
    }
    return inOrder(found).slice(0, limit);
  }

  /** The offset after which the `count` newest entries for any of the channels follow, up to `through`. */
  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number {
    const newest: HeldEntry[] = [];
    for (const channel of channels) {
      const entries = this.#channels.get(channel)?.entries ?? [];
      const to = firstAfter(entries, through);
      for (let i = Math.max(0, to - count); i < to; i += 1) newest.push(entries[i]!);
    }
    const ordered = inOrder(newest);
    const oldest = ordered[Math.max(0, ordered.length - count)];
    return count === 0 || oldest === undefined ? through : oldest.offset - 1;
  }

  /** The number of evictions so far, which is the serial number of the last one. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Whether an entry after an offset was evicted from one of the channels, later than the eviction with a serial number. */
  hasEvicted(channels: ReadonlySet<Channel>, after: number, since: number): boolean {
    for (const channel of channels) {
      const { through, serial } = this.#channels.get(channel)?.evictions ?? this.#forgotten;
      if (through > after && serial > since) return true;
    }
    return false;
  }

  #open(channel: Channel): ChannelEntries {
    this.#emptied.delete(channel);
    let own = this.#channels.get(channel);
    if (own === undefined) {
      own = { entries: [], ownFrom: 0, evictions: this.#forgotten };
      this.#channels.set(channel, own);
    }
    return own;
  }

  #forgetLater(channel: Channel): void {
    this.#emptied.add(channel);
    if (this.#emptied.size <= rememberedChannels) return;
    for (const oldest of this.#emptied) {
      this.#forgotten = later(this.#forgotten, this.#channels.get(oldest)!.evictions);
      this.#channels.delete(oldest);
      this.#emptied.delete(oldest);
      return;
    }
  }
}

function later(a: Evictions, b: Evictions): Evictions {
  return { through: Math.max(a.through, b.through), serial: Math.max(a.serial, b.serial) };
}

/** The index of the first entry with a higher offset. */
function firstAfter(entries: readonly HeldEntry[], offset: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sorted by offset, each entry once. */
function inOrder(entries: HeldEntry[]): HeldEntry[] {
  entries.sort((a, b) => a.offset - b.offset);
  return entries.filter((held, i) => held !== entries[i - 1]);
}
