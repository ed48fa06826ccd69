import type { Channel } from "../log/channel.js";

/** The readers by the channels that they follow. A channel without followers uses no memory. */
export class Subscribers<Reader> {
  readonly #byChannel = new Map<Channel, Set<Reader>>();
  #onChange: (channel: Channel) => void = () => {};

  /**
   * Sets the one listener, which is called with each channel whose number of followers has changed.
   */
  listen(onChange: (channel: Channel) => void): void {
    this.#onChange = onChange;
  }

  add(channel: Channel, reader: Reader): void {
    const readers = this.#byChannel.get(channel);
    if (readers === undefined) this.#byChannel.set(channel, new Set([reader]));
    else readers.add(reader);
    this.#onChange(channel);
  }

  remove(channel: Channel, reader: Reader): void {
    const readers = this.#byChannel.get(channel);
    if (readers?.delete(reader) && readers.size === 0) this.#byChannel.delete(channel);
    this.#onChange(channel);
  }

  of(channel: Channel): ReadonlySet<Reader> {
    return this.#byChannel.get(channel) ?? none;
  }

  /** Returns the readers that follow at least one of the channels, each once. */
  ofAny(channels: readonly Channel[]): ReadonlySet<Reader> {
    if (channels.length === 1) return this.of(channels[0]!);
    const union = new Set<Reader>();
    for (const channel of channels) for (const reader of this.of(channel)) union.add(reader);
    return union;
  }

  /** Returns the channels that have followers. */
  channels(): Iterable<Channel> {
    return this.#byChannel.keys();
  }
}

const none: ReadonlySet<never> = new Set();
