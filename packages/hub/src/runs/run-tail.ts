import type { Timers } from "@sse/core";
import { awaitLog } from "../delivery/await-log.js";
import { hubClosed } from "../errors.js";
import type { LogEntry, LogFollower, RunLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import { Sleep } from "../sleep.js";
import { isControlEntry } from "./run-entry.js";

/** Receives what a {@link RunTail} finds. */
export interface RunTailListener {
  /** A run was started, taken over or ended, by whichever instance. */
  control(entry: LogEntry): void;
  /** Entries may have been missed. */
  reset(): void;
}

/** A wait for the follower. */
interface Waiter {
  readonly target: Position;
  readonly resolve: () => void;
}

/** Follows the log of runs for a feed, and for those that wait until a position is followed. */
export class RunTail implements LogFollower {
  readonly #log: RunLog;
  readonly #timers: Timers;
  readonly #feed: LogFollower;
  readonly #listener: RunTailListener;
  #head: Position = "";
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  constructor(log: RunLog, timers: Timers, feed: LogFollower, listener: RunTailListener) {
    this.#log = log;
    this.#timers = timers;
    this.#feed = feed;
    this.#listener = listener;
  }

  /**
   * Resolves to a followed head that is not before the log's head of this moment: everything that
   * has been appended by now can be read up to it.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, also if that takes too long; `closed`.
   */
  async current(): Promise<Position> {
    for (;;) {
      if (this.#closed) throw hubClosed();
      const target = await awaitLog(this.#log.head(), new Sleep(this.#timers));
      if (!(this.#log.compare(this.#head, target) >= 0)) await this.#reached(target);
      // Another epoch may have begun meanwhile.
      if (this.#log.compare(this.#head, target) >= 0) return this.#head;
    }
  }

  /**
   * Resolves once a position is followed, or belongs to an epoch that has ended. Asks the log only
   * if it is not followed yet.
   *
   * @throws {SseError} (as a rejection) as {@link current}.
   */
  async followed(position: Position): Promise<void> {
    if (this.#head === "" || this.#log.compare(this.#head, position) < 0) await this.current();
  }

  /** Rejects all waits. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiters) resolve();
  }

  reset(head: Position): void {
    const isFirst = this.#head === "";
    this.#feed.reset(head);
    this.#moveTo(head);
    if (!isFirst) this.#listener.reset();
  }

  entries(entries: readonly LogEntry[]): void {
    this.#feed.entries(entries);
    const newest = entries.at(-1);
    if (newest !== undefined) this.#moveTo(newest.position);
    for (const entry of entries) if (isControlEntry(entry)) this.#listener.control(entry);
  }

  passed(head: Position): void {
    this.#feed.passed(head);
    if (!(this.#log.compare(head, this.#head) <= 0)) this.#moveTo(head);
  }

  error(error: unknown): void {
    this.#feed.error(error);
  }

  /** Waits until a position is followed, another epoch begins, or the tail is closed. */
  async #reached(target: Position): Promise<void> {
    let resolve = (): void => {};
    const reached = new Promise<void>((resolved) => {
      resolve = resolved;
    });
    const waiter = { target, resolve };
    this.#waiters.add(waiter);
    try {
      await awaitLog(reached, new Sleep(this.#timers));
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  #moveTo(head: Position): void {
    this.#head = head;
    for (const { target, resolve } of this.#waiters) if (!(this.#log.compare(head, target) < 0)) resolve();
  }
}
