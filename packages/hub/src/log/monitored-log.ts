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
 * Monitors whether a log can be reached: by the outcome of its calls and by the events of its
 * follower, and while it is down by asking for its head, one attempt at a time.
 */
export class MonitoredLog implements EventLog {
  readonly retention?: LogRetention;
  readonly #log: EventLog;
  readonly #sleep: Sleep;
  #down = false;
  #probing = false;
  #monitoring = true;

  constructor(log: EventLog, clock: HubClock) {
    this.#log = log;
    this.#sleep = new Sleep(clock);
    if (log.retention !== undefined) this.retention = log.retention;
  }

  /** Whether the last attempt to reach the log failed. */
  get isDown(): boolean {
    return this.#down;
  }

  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    return this.#observe(this.#log.append(entry, options));
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#observe(this.#log.read(start, options));
  }

  follow(follower: LogFollower): () => void {
    return this.#log.follow({
      reset: (head) => {
        this.#markUp();
        follower.reset(head);
      },
      entries: (entries) => {
        this.#markUp();
        follower.entries(entries);
      },
      passed: (head) => {
        this.#markUp();
        follower.passed(head);
      },
      error: (error) => {
        // Other errors are about single entries or settings.
        if (!isSseError(error) || error.code === "log-unavailable") this.#markDown();
        follower.error(error);
      },
    });
  }

  head(): Promise<Position> {
    return this.#observe(this.#log.head());
  }

  compare(a: Position, b: Position): number {
    return this.#log.compare(a, b);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** Stops the attempts to reach the log, and leaves no timer behind. */
  stopMonitoring(): void {
    this.#monitoring = false;
    this.#markUp();
  }

  #observe<T>(call: Promise<T>): Promise<T> {
    call.then(
      () => this.#markUp(),
      (error: unknown) => {
        if (isSseError(error) && error.code === "log-unavailable") this.#markDown();
      },
    );
    return call;
  }

  #markUp(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#sleep.cancel();
  }

  #markDown(): void {
    if (!this.#monitoring) return;
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
