import { SseError } from "@sse/core";
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
} from "../../src/log/event-log.js";
import type { Position } from "../../src/log/position.js";

/** The behavior of an {@link InstanceLog}. */
export interface InstanceLogOptions {
  /** Followers are given entries only by {@link InstanceLog.handOut}. */
  lags?: boolean;
  /** Reads wait for {@link InstanceLog.openGate}: before they look at the log, or after. */
  gate?: "none" | "before" | "after";
  /** Most entries in a page, whatever the reader asks for. */
  pageLimit?: number;
  /** Called with each page, when the log returns it. */
  onPage?: (page: LogPage) => void;
}

/**
 * One instance's view of a log that it shares with others, as over a network: what its follower
 * knows lags behind the log, reads take time and fail, pages are short, the link breaks. Everything
 * happens when a test says so.
 */
export class InstanceLog implements EventLog {
  /** The number of entries that the follower has received, counting those before it began. */
  followed: number;
  readonly retention: LogRetention;
  /** The next reads that fail. */
  failures = 0;
  #log: EventLog;
  #leave: () => void = () => {};
  readonly #options: Required<InstanceLogOptions>;
  readonly #waiting: LogEntry[] = [];
  #follower: LogFollower | undefined;
  #head: Position = "";
  #count: number;
  #gate: (() => void)[] = [];

  /** @param count how many entries the log has had so far. */
  constructor(log: EventLog, count: number, options: InstanceLogOptions = {}) {
    this.retention = log.retention ?? unbounded;
    this.#log = log;
    this.#count = count;
    this.followed = count;
    this.#options = {
      lags: false,
      gate: "none",
      pageLimit: Number.POSITIVE_INFINITY,
      onPage: () => {},
      ...options,
    };
  }

  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    return this.#log.append(entry, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { gate, pageLimit } = this.#options;
    if (gate === "before") await this.#opened();
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("the link to the log is down");
    }
    if (Number.isNaN(this.#log.compare(options.through, this.#head)))
      throw new SseError("log-unavailable", "another life of the log began meanwhile");
    const page = await this.#log.read(start, { ...options, limit: Math.min(options.limit, pageLimit) });
    this.#options.onPage(page);
    if (gate === "after") await this.#opened();
    return page;
  }

  follow(follower: LogFollower): () => void {
    this.#follower = follower;
    this.#leave = this.#log.follow({
      reset: (head) => {
        this.#head = head;
        follower.reset(head);
      },
      entries: (entries) => {
        this.#count += entries.length;
        this.#head = entries.at(-1)!.position;
        this.#waiting.push(...entries);
        if (!this.#options.lags) this.handOut();
      },
      passed: () => {},
      error: (error) => follower.error(error),
    });
    return () => {
      this.#follower = undefined;
      this.#leave();
    };
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

  /** Gives the follower entries that wait, by default all. */
  handOut(most: number = this.#waiting.length): void {
    const entries = this.#waiting.splice(0, most);
    if (entries.length === 0) return;
    this.followed += entries.length;
    this.#follower?.entries(entries);
  }

  /**
   * The link broke for so long that the follower cannot go on where it was: it begins again at the
   * head.
   */
  breakLink(): void {
    this.#waiting.length = 0;
    this.followed = this.#count;
    this.#follower?.error(new Error("the link to the log broke"));
    this.#follower?.reset(this.#head);
  }

  /** The engine has lost everything and begins another life. */
  loseEverything(log: EventLog): void {
    const follower = this.#follower!;
    this.#leave();
    this.#waiting.length = 0;
    this.#count = 0;
    this.followed = 0;
    this.#log = log;
    this.follow(follower);
  }

  /** Whether there is a follower. */
  get isFollowed(): boolean {
    return this.#follower !== undefined;
  }

  /** Lets the reads that wait go on. */
  openGate(): void {
    for (const open of this.#gate.splice(0)) open();
  }

  #opened(): Promise<void> {
    return new Promise((resolve) => this.#gate.push(resolve));
  }
}

const unbounded: LogRetention = { maxEvents: Infinity, maxBytes: Infinity, maxAge: Infinity };
