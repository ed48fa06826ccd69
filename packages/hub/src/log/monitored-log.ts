import { isSseError } from "@sse/core";
import type { HubClock } from "../clock.js";
import { Sleep } from "../sleep.js";
import type {
  AppendOptions,
  EventLog,
  LogFollower,
  LogPage,
  LogRetention,
  NewLogEntry,
  ReadOptions,
  ReadStart,
} from "./event-log.js";
import type { Position } from "./position.js";

/** Milliseconds between two attempts to reach a log that is down. */
const probeInterval = 1_000;

/**
 * A log that knows whether it can be reached: from what it answers and what its follower is told, and while it is down by asking for its head, once
 * at a time.
 */
export class WatchedLog implements EventLog {
  readonly retention?: LogRetention;
  readonly #log: EventLog;
  readonly #sleep: Sleep;
  #down = false;
  #probing = false;
  #watching = true;

  constructor(log: EventLog, clock: HubClock) {
    this.#log = log;
    this.#sleep = new Sleep(clock);
    if (log.retention !== undefined) this.retention = log.retention;
  }

  /** Whether the log could not be reached when that was tried last. */
  get isDown(): boolean {
    return this.#down;
  }

  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    return this.#noting(this.#log.append(entry, options));
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#noting(this.#log.read(start, options));
  }

  follow(follower: LogFollower): () => void {
    return this.#log.follow({
      reset: (head) => {
        this.#reached();
        follower.reset(head);
      },
      entries: (entries) => {
        this.#reached();
        follower.entries(entries);
      },
      passed: (head) => {
        this.#reached();
        follower.passed(head);
      },
      error: (error) => {
        this.#broke();
        follower.error(error);
      },
    });
  }

  head(): Promise<Position> {
    return this.#noting(this.#log.head());
  }

  compare(a: Position, b: Position): number {
    return this.#log.compare(a, b);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** Leaves no timer behind. */
  stopWatching(): void {
    this.#watching = false;
    this.#reached();
  }

  #noting<T>(answer: Promise<T>): Promise<T> {
    answer.then(
      () => this.#reached(),
      (error: unknown) => {
        if (isSseError(error) && error.code === "log-unavailable") this.#broke();
      },
    );
    return answer;
  }

  #reached(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#sleep.cancel();
  }

  #broke(): void {
    if (!this.#watching) return;
    this.#down = true;
    if (!this.#probing) void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#probing = true;
    while (this.#down) {
      await this.#sleep.for(probeInterval);
      if (this.#down) await this.head().catch(() => {});
    }
    this.#probing = false;
  }
}
