import type { Channel } from "../log/channel.js";
import type { LogEntry } from "../log/event-log.js";
import type { Position } from "../log/position.js";

/** A channel that a reader follows only from a later position on. */
interface PendingChannel {
  readonly channel: Channel;
  readonly since: Position;
}

/** The channels that one reader follows: at its cursor, and from later positions on. */
export class ReaderFilter {
  readonly #connection: string;
  readonly #channels: Set<Channel>;
  /** In the order of their positions. */
  #pending: PendingChannel[] = [];

  /**
   * @param connection the id of the reader's connection.
   * @param channels the channels that are followed from the start. The filter keeps and changes
   * this set.
   */
  constructor(connection: string, channels: Set<Channel>) {
    this.#connection = connection;
    this.#channels = channels;
  }

  /** The channels that are followed at the reader's cursor. */
  get channels(): ReadonlySet<Channel> {
    return this.#channels;
  }

  /**
   * The position after which the next pending channel is followed; `undefined` if none is pending.
   */
  get nextStart(): Position | undefined {
    return this.#pending[0]?.since;
  }

  add(channel: Channel): void {
    this.#channels.add(channel);
  }

  /**
   * Adds a channel whose entries up to `since` do not match. No earlier call had a later position.
   */
  addAfter(since: Position, channel: Channel): void {
    this.#pending.push({ channel, since });
  }

  remove(channel: Channel): void {
    this.#channels.delete(channel);
    this.#pending = this.#pending.filter((pending) => pending.channel !== channel);
  }

  /**
   * Follows the pending channels whose positions have been reached, and returns these positions.
   */
  activate(reached: (since: Position) => boolean): readonly Position[] {
    let count = 0;
    while (this.#pending[count] !== undefined && reached(this.#pending[count]!.since)) count += 1;
    if (count === 0) return none;
    const activated = this.#pending.splice(0, count);
    for (const { channel } of activated) this.#channels.add(channel);
    return activated.map(({ since }) => since);
  }

  /** Whether the reader's client is to receive an entry. */
  matches(entry: Pick<LogEntry, "channels" | "except">): boolean {
    return entry.channels.some((channel) => this.#channels.has(channel)) && !this.excludes(entry);
  }

  /** Whether an entry is for every other connection of its channels. */
  excludes({ except }: Pick<LogEntry, "except">): boolean {
    return except === this.#connection;
  }
}

const none: readonly Position[] = [];
