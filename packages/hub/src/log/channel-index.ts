import type { Channel } from "./channel.js";
import type { LogEntry } from "./event-log.js";
import { EvictionHistory } from "./eviction-history.js";
import type { IndexedEntry, MemoryIndex } from "./memory-page.js";
import { mergeOrdered } from "./merge-ordered.js";
import { OrderedList } from "./ordered-list.js";

/** An entry with the log's bookkeeping. */
export interface HeldEntry extends IndexedEntry {
  /** An empty entry once it is no longer held, because lists keep removed items for a while. */
  entry: LogEntry;
  readonly appendedAt: number;
  /** The number of its channels that count it among their newest. At 0 it is evicted. */
  holds: number;
}

/** The entries of one channel. */
interface ChannelEntries {
  /** The channel alone: one list for all entries that have no other channel. */
  readonly alone: readonly Channel[];
  /** Its newest entries, which it counts. */
  readonly counted: OrderedList<HeldEntry>;
  /** Older entries, which are held because another of their channels counts them. */
  older: OrderedList<HeldEntry> | undefined;
}

/**
 * The entries that a memory log holds, by channel. Each channel counts its newest entries; an entry
 * for several channels is held while one of them counts it, and stays readable through all of them
 * until then.
 */
export class ChannelIndex implements MemoryIndex {
  readonly #maxPerChannel: number;
  readonly #channels = new Map<Channel, ChannelEntries>();
  readonly #history = new EvictionHistory();

  constructor(maxPerChannel: number) {
    this.#maxPerChannel = maxPerChannel;
  }

  /**
   * Returns the channels of a new entry, as a list that all entries of one channel share: a list
   * and a name for each would be a quarter of what the garbage collector moves for it.
   */
  shared(channels: readonly Channel[]): readonly Channel[] {
    return channels.length === 1 ? (this.#channels.get(channels[0]!)?.alone ?? channels) : channels;
  }

  /** Adds a new entry to its channels and returns the entries that no channel counts any more. */
  add(held: HeldEntry): readonly HeldEntry[] {
    let released = none;
    for (const channel of held.entry.channels) {
      const entries = this.#open(channel);
      entries.counted.push(held);
      if (entries.counted.size <= this.#maxPerChannel) continue;
      const displaced = entries.counted.shift()!;
      displaced.holds -= 1;
      if (displaced.entry.channels.length > 1) {
        entries.older ??= orderedEntries();
        entries.older.push(displaced);
      }
      if (displaced.holds === 0) released = [...released, displaced];
    }
    for (const entry of released) this.remove(entry);
    return released;
  }

  /** Removes an entry from all its channels and records the eviction. */
  remove(held: HeldEntry): void {
    for (const channel of held.entry.channels) {
      const { counted, older } = this.#channels.get(channel)!;
      // With one channel it has been removed already if it was displaced.
      if (!older?.remove(held)) counted.remove(held);
      this.#history.record(channel, held.offset);
      if (counted.size > 0 || (older !== undefined && older.size > 0)) continue;
      this.#channels.delete(channel);
      this.#history.release(channel);
    }
  }

  collect(channels: ReadonlySet<Channel>, after: number, through: number, limit: number): HeldEntry[] {
    const lists = this.#listsOf(channels);
    if (lists.length <= 1) return lists[0]?.between(after, through, limit) ?? [];
    return mergeOrdered(
      lists.map((list) => list.ascending(after, through)),
      ({ offset }) => offset,
      limit,
    );
  }

  startOfLast(count: number, channels: ReadonlySet<Channel>, through: number): number {
    const lists = this.#listsOf(channels).map((list) => list.descending(through));
    const oldest = mergeOrdered(lists, ({ offset }) => -offset, count).at(-1);
    return oldest === undefined ? through : oldest.offset - 1;
  }

  get evictions(): string {
    return this.#history.token;
  }

  hasEvicted(channels: ReadonlySet<Channel>, after: number, since?: string): boolean {
    return this.#history.hasEvicted(channels, after, since);
  }

  #open(channel: Channel): ChannelEntries {
    let entries = this.#channels.get(channel);
    if (entries === undefined) {
      entries = { alone: [channel], counted: orderedEntries(), older: undefined };
      this.#channels.set(channel, entries);
      this.#history.hold(channel);
    }
    return entries;
  }

  #listsOf(channels: ReadonlySet<Channel>): OrderedList<HeldEntry>[] {
    const lists: OrderedList<HeldEntry>[] = [];
    for (const channel of channels) {
      const entries = this.#channels.get(channel);
      if (entries === undefined) continue;
      if (entries.older !== undefined) lists.push(entries.older);
      lists.push(entries.counted);
    }
    return lists;
  }
}

const none: readonly HeldEntry[] = [];

function orderedEntries(): OrderedList<HeldEntry> {
  return new OrderedList(({ offset }) => offset);
}
