import { SseError } from "@sse/core";
import type { Channel, RunChannel } from "../../src/log/channel.js";
import type {
  EventLog,
  LogFollower,
  LogPage,
  NewRunEntry,
  ReadOptions,
  ReadStart,
  RunAppendOptions,
  RunLog,
} from "../../src/log/event-log.js";
import type { Position } from "../../src/log/position.js";

/**
 * The fate of an append: it is stored or not, in part or only later, and its caller is told so,
 * told something else, or nothing at all.
 */
export type Fate =
  | "stored"
  | "refused"
  | "stored, but reported as unknown"
  | "stored, and never reported"
  | "neither stored nor reported"
  | "stored when released"
  | { readonly storedInPart: number };

/**
 * A log of runs whose appends and reads fail when a test says so, and whose link breaks. It stores
 * UTF-8, as engines do.
 */
export class FlakyRunLog implements RunLog {
  /** The fates of the next appends; "stored" beyond. */
  readonly fates: Fate[] = [];
  /** The number of next reads that fail. */
  readFailures = 0;
  /** The runs that cannot be read. */
  readonly unreadable = new Set<Channel>();
  /** The characters of data above which an entry is refused, with all that are appended with it. */
  maxLength = Number.POSITIVE_INFINITY;
  /** The number of appends. */
  appends = 0;
  /** The number of entries that reads have returned. */
  entriesRead = 0;
  readonly #log: RunLog;
  readonly #late: (() => void)[] = [];
  readonly #followers = new Set<LogFollower>();
  #isCut = false;

  constructor(log: RunLog) {
    this.#log = log;
  }

  /** A log of topics with these runs. */
  static over(log: EventLog): { log: EventLog; runs: FlakyRunLog } {
    const runs = new FlakyRunLog(log.runs!);
    const methods: EventLog = {
      append: (entry, options) => log.append(entry, options),
      read: (start, options) => log.read(start, options),
      follow: (follower) => log.follow(follower),
      head: () => log.head(),
      compare: (a, b) => log.compare(a, b),
      close: () => log.close(),
      runs,
    };
    return { log: methods, runs };
  }

  async append(
    channel: RunChannel,
    given: readonly NewRunEntry[],
    options: RunAppendOptions,
  ): Promise<readonly Position[]> {
    const entries = given.map((entry) => ({ ...entry, data: Buffer.from(entry.data).toString() }));
    this.appends += 1;
    if (entries.some(({ data }) => data.length > this.maxLength))
      throw new SseError("too-large", "the log takes no such entry");
    const fate = this.fates.shift() ?? "stored";
    const store = () => this.#log.append(channel, entries, options);
    if (fate === "stored") return store();
    if (fate === "refused") throw new SseError("log-unavailable", "not stored");
    if (fate === "stored when released")
      return new Promise((resolve, reject) => this.#late.push(() => void store().then(resolve, reject)));
    if (typeof fate === "object")
      await this.#log.append(channel, entries.slice(0, fate.storedInPart), options);
    else if (fate !== "neither stored nor reported") await store();
    if (fate === "stored, but reported as unknown" || typeof fate === "object")
      throw new SseError("append-timeout", "not confirmed");
    return new Promise(() => {});
  }

  /** Stores what was to be stored later. */
  release(): void {
    for (const store of this.#late.splice(0)) store();
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    if (this.readFailures > 0) {
      this.readFailures -= 1;
      throw new SseError("log-unavailable", "cannot be read");
    }
    for (const channel of options.channels)
      if (this.unreadable.has(channel)) throw new SseError("log-unavailable", "this run cannot be read");
    const page = await this.#log.read(start, options);
    this.entriesRead += page.entries.length;
    return page;
  }

  follow(follower: LogFollower): () => void {
    this.#followers.add(follower);
    const stop = this.#log.follow({
      reset: (head) => follower.reset(head),
      entries: (entries) => this.#isCut || follower.entries(entries),
      passed: (head) => follower.passed(head),
      error: (error) => follower.error(error),
    });
    return () => {
      this.#followers.delete(follower);
      stop();
    };
  }

  /** Breaks the link of the followers: they receive nothing until {@link mend}. */
  cut(): void {
    this.#isCut = true;
  }

  /** Restores the link: the followers start again at the head. */
  async mend(): Promise<void> {
    this.#isCut = false;
    const head = await this.#log.head();
    for (const follower of this.#followers) follower.reset(head);
  }

  head(): Promise<Position> {
    return this.#log.head();
  }

  compare(a: Position, b: Position): number {
    return this.#log.compare(a, b);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
