import type { Channel } from "../../src/log/channel.js";
import type {
  AppendOptions,
  EventLog,
  LogEntry,
  LogFollower,
  LogPage,
  LogRetention,
  NewLogEntry,
  ReadOptions,
  ReadStart,
  WantedChannel,
} from "../../src/log/event-log.js";
import type { Position } from "../../src/log/position.js";

/** What a {@link SelectiveLog} is free to do, in times out of a hundred. */
export interface Whims {
  /** The same seed brings the same choices. */
  readonly seed: number;
  /** How often it says how far it has got after it has given something, or nothing. */
  readonly passes: number;
  /** How often it gives an entry that nobody wants. */
  readonly extras: number;
  /** How many times it gives until a channel that was released is no longer wanted. */
  readonly lingers: number;
}

/** A channel that is wanted, or lingers. */
interface Held {
  since: Position;
  holders: number;
  /** How many times it still lingers. */
  left: number;
}

/**
 * A log that gives its followers only what is wanted, as one does whose engine filters. It gives when the log below gives, and when a test says so; what a
 * want asks for never comes before it returns.
 */
export class SelectiveLog implements EventLog {
  readonly retention: LogRetention;
  /** How many pages were read. */
  reads = 0;
  readonly #log: EventLog;
  readonly #whims: Whims;
  readonly #followers = new Set<LogFollower>();
  readonly #held = new Map<Channel, Held>();
  #leave: () => void = () => {};
  #random: number;
  /** The followed head: the last entry given, or what was passed since. */
  #head: Position = "";
  /** What lies beyond the followed head. Whether it is wanted is decided as it is given or passed. */
  #open: LogEntry[] = [];

  constructor(log: EventLog, whims: Partial<Whims> = {}) {
    this.#log = log;
    this.#whims = { seed: 1, passes: 0, extras: 0, lingers: 0, ...whims };
    this.#random = this.#whims.seed;
    this.retention = log.retention ?? { maxEvents: Infinity, maxBytes: Infinity, maxAge: Infinity };
  }

  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    return this.#log.append(entry, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    this.reads += 1;
    if (this.#log.compare(options.through, this.#head) > 0)
      throw new Error(`read through ${options.through}, and followed is ${this.#head}`);
    return this.#log.read(start, options);
  }

  follow(follower: LogFollower): () => void {
    if (this.#followers.size === 0) this.#begin();
    else this.pass();
    follower.reset(this.#head);
    this.#followers.add(follower);
    return () => {
      if (this.#followers.delete(follower) && this.#followers.size === 0) this.#leave();
    };
  }

  head(): Promise<Position> {
    return this.#log.head();
  }

  want(channel: Channel): WantedChannel {
    const held = this.#held.get(channel) ?? { since: this.#head, holders: 0, left: 0 };
    this.#held.set(channel, held);
    held.holders += 1;
    let wanted = true;
    return {
      since: held.since,
      release: () => {
        if (wanted) this.#release(channel, held);
        wanted = false;
      },
    };
  }

  compare(a: Position, b: Position): number {
    return this.#log.compare(a, b);
  }

  async close(): Promise<void> {
    this.#leave();
    this.#followers.clear();
    await this.#log.close();
  }

  /** The channels that somebody wants. */
  get wanted(): Channel[] {
    return [...this.#held].flatMap(([channel, { holders }]) => (holders > 0 ? [channel] : []));
  }

  /** How many entries lie beyond the followed head. */
  get open(): number {
    return this.#open.length;
  }

  /** Gives what is wanted by now. */
  give(): void {
    this.#giveWanted();
    if (this.#chance(this.#whims.passes)) this.#passOver();
    for (const [channel, held] of this.#held) this.#linger(channel, held);
  }

  /** Gives what is wanted by now, and says that there is nothing else. */
  pass(): void {
    this.#giveWanted();
    this.#passOver();
  }

  #begin(): void {
    this.#leave = this.#log.follow({
      reset: (head) => this.#reset(head),
      entries: (entries) => {
        this.#open.push(...entries);
        this.give();
      },
      passed: () => {},
      error: (error) => {
        for (const follower of this.#followers) follower.error(error);
      },
    });
  }

  #reset(head: Position): void {
    this.#open = [];
    this.#head = head;
    for (const held of this.#held.values()) held.since = head;
    for (const follower of this.#followers) follower.reset(head);
  }

  #giveWanted(): void {
    const chosen = new Set(
      this.#open.filter((entry) => this.#isWanted(entry) || this.#chance(this.#whims.extras)),
    );
    if (chosen.size === 0) return;
    const end = this.#open.findLastIndex((entry) => chosen.has(entry)) + 1;
    const entries = this.#open.splice(0, end).filter((entry) => chosen.has(entry));
    this.#head = entries.at(-1)!.position;
    for (const follower of this.#followers) follower.entries(entries);
  }

  #passOver(): void {
    this.#head = this.#open.at(-1)?.position ?? this.#head;
    this.#open = [];
    for (const follower of this.#followers) follower.passed(this.#head);
  }

  #isWanted({ channels }: LogEntry): boolean {
    return channels.some((channel) => channel === "*" || this.#held.has(channel));
  }

  #release(channel: Channel, held: Held): void {
    held.holders -= 1;
    held.left = this.#whims.lingers;
    if (held.left === 0 && held.holders === 0) this.#held.delete(channel);
  }

  #linger(channel: Channel, held: Held): void {
    if (held.holders > 0) return;
    held.left -= 1;
    if (held.left === 0) this.#held.delete(channel);
  }

  #chance(percent: number): boolean {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#random / 2 ** 32) * 100 < percent;
  }
}
