import type { Channel } from "./channel.js";
import { randomEpoch } from "./position.js";

/** Evictions from a channel, or from several together. */
interface Evictions {
  /** The highest evicted offset, 0 if there is none. */
  through: number;
  /** The serial number of the last eviction, 0 if there is none. */
  serial: number;
}

/**
 * The number of channels without entries that are remembered one by one before they share one
 * floor.
 */
const maxEmptyChannels = 10_000;

/**
 * Remembers up to which offset entries of each channel were evicted, so that a log reports a gap to
 * exactly those readers that would have received one of them. Channels without entries are
 * forgotten in the end, and then share one floor: a reader of such a channel may receive a gap that
 * it does not have, but a loss is never hidden.
 */
export class EvictionHistory {
  /** Distinguishes the serial numbers of this object from those of another. */
  readonly #id = randomEpoch();
  readonly #channels = new Map<Channel, Evictions>();
  /** Channels without entries, in the order in which they lost their last one. */
  readonly #empty = new Set<Channel>();
  /** Evictions from channels that are no longer remembered. */
  readonly #forgotten: Evictions = { through: 0, serial: 0 };
  /** Evictions that may concern any channel. */
  readonly #anywhere: Evictions = { through: 0, serial: 0 };
  #serial = 0;

  /** Remembers a channel for as long as it has entries. Called when it receives one. */
  hold(channel: Channel): void {
    this.#empty.delete(channel);
    if (!this.#channels.has(channel)) this.#channels.set(channel, { ...this.#forgotten });
  }

  /** Allows a channel that has no entries left to be forgotten. */
  release(channel: Channel): void {
    this.#empty.add(channel);
    if (this.#empty.size <= maxEmptyChannels) return;
    const [oldest] = this.#empty;
    if (oldest !== undefined) this.#forget(oldest);
  }

  /** Records that a channel's entry at an offset, or every one up to it, is gone. */
  record(channel: Channel, offset: number): void {
    let evictions = this.#channels.get(channel);
    if (evictions === undefined) {
      evictions = { ...this.#forgotten };
      this.#channels.set(channel, evictions);
    }
    this.#add(evictions, offset);
  }

  /** Records that entries up to an offset may be gone, of whichever channels. */
  recordAnywhere(offset: number): void {
    this.#add(this.#anywhere, offset);
  }

  /** Records that entries up to an offset may be gone, of whichever channels have none left. */
  recordForgotten(offset: number): void {
    this.#add(this.#forgotten, offset);
  }

  /**
   * Names the evictions so far, as the `evictions` of a page and the `knownEvictions` of a read do.
   */
  get token(): string {
    return `${this.#id}.${this.#serial}`;
  }

  /**
   * Whether an entry of one of the channels after an offset was evicted, or may have been, since a
   * token was read.
   */
  hasEvicted(channels: ReadonlySet<Channel>, after: number, since?: string): boolean {
    const known = this.#serialOf(since);
    const isNew = ({ through, serial }: Evictions): boolean => through > after && serial > known;
    if (isNew(this.#anywhere)) return true;
    for (const channel of channels) if (isNew(this.#of(channel))) return true;
    return false;
  }

  #of(channel: Channel): Evictions {
    return this.#channels.get(channel) ?? this.#forgotten;
  }

  #add(evictions: Evictions, offset: number): void {
    this.#serial += 1;
    evictions.through = Math.max(evictions.through, offset);
    evictions.serial = this.#serial;
  }

  /** A token of another object counts for nothing. */
  #serialOf(token = ""): number {
    const [id, serial] = token.split(".");
    return id === this.#id ? Number(serial) : 0;
  }

  #forget(channel: Channel): void {
    const { through, serial } = this.#of(channel);
    this.#forgotten.through = Math.max(this.#forgotten.through, through);
    this.#forgotten.serial = Math.max(this.#forgotten.serial, serial);
    this.#channels.delete(channel);
    this.#empty.delete(channel);
  }
}
