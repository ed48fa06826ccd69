import type { Timers } from "@sse/core";
import { Deadlines } from "../deadlines.js";
import { appendConflict, logClosed, tooManyRunBytes } from "../errors.js";
import type { RunChannel } from "./channel.js";
import type {
  LogEntry,
  LogFollower,
  LogPage,
  NewLogEntry,
  NewRunEntry,
  ReadOptions,
  ReadStart,
  RunAppendOptions,
  RunLog,
} from "./event-log.js";
import { MemoryPositions, readPage, storedEntry } from "./memory-page.js";
import type { Position } from "./position.js";
import { RunIndex } from "./run-index.js";

/** The time of a memory log. */
export interface MemoryLogTime {
  /** Returns a monotonic time in milliseconds. */
  readonly now: () => number;
  readonly timers: Timers;
}

/** The release of a run. */
interface Release {
  expiresAt: number;
  /** The time for which it is scheduled: never after `expiresAt`. */
  scheduledAt: number;
  cancel: () => void;
}

/** Keeps the runs of a memory log: everything of each, until its ttl has passed. */
export class MemoryRunLog implements RunLog {
  readonly #index = new RunIndex();
  readonly #positions = new MemoryPositions();
  readonly #followers = new Set<LogFollower>();
  readonly #releases = new Map<RunChannel, Release>();
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #deadlines: Deadlines<RunChannel>;
  #head = 0;
  #closed = false;

  /** @param maxBytes the size of all runs together from which on no further run starts. */
  constructor({ now, timers }: MemoryLogTime, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#deadlines = new Deadlines(timers, now, (channel) => this.#releaseIfDue(channel));
  }

  async append(
    channel: RunChannel,
    entries: readonly NewRunEntry[],
    { after, ttl }: RunAppendOptions,
  ): Promise<readonly Position[]> {
    this.#assertOpen();
    if ((this.#index.newest(channel)?.position ?? "") !== after) throw appendConflict();
    if (after === "" && this.#index.bytes >= this.#maxBytes) throw tooManyRunBytes(this.#maxBytes);
    this.#keepFor(ttl, channel);
    const channels = this.#index.newest(channel)?.channels ?? [channel];
    const stored = entries.map((entry) => this.#hold(channel, { channels, ...entry }));
    for (const follower of this.#followers) follower.entries(stored);
    return stored.map(({ position }) => position);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    this.#assertOpen();
    return readPage(this.#index, this.#positions, this.#head, start, options);
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    follower.reset(this.#positions.format(this.#head));
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  async head(): Promise<Position> {
    this.#assertOpen();
    return this.#positions.format(this.#head);
  }

  compare(a: Position, b: Position): number {
    return this.#positions.compare(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#followers.clear();
    for (const { cancel } of this.#releases.values()) cancel();
    this.#releases.clear();
    this.#index.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }

  #hold(channel: RunChannel, entry: NewLogEntry): LogEntry {
    this.#head += 1;
    const stored = storedEntry(entry, this.#positions.format(this.#head));
    this.#index.add(channel, stored, this.#head);
    return stored;
  }

  /** Schedules an earlier release at once. A later one is found when the release is due. */
  #keepFor(ttl: number, channel: RunChannel): void {
    const expiresAt = this.#now() + ttl;
    const release = this.#releases.get(channel);
    if (release !== undefined && expiresAt >= release.scheduledAt) release.expiresAt = expiresAt;
    else {
      release?.cancel();
      this.#schedule(channel, expiresAt);
    }
  }

  #schedule(channel: RunChannel, expiresAt: number): void {
    const cancel = this.#deadlines.add(channel, expiresAt);
    this.#releases.set(channel, { expiresAt, scheduledAt: expiresAt, cancel });
  }

  #releaseIfDue(channel: RunChannel): void {
    const { expiresAt } = this.#releases.get(channel)!;
    if (expiresAt > this.#now()) {
      this.#schedule(channel, expiresAt);
      return;
    }
    this.#releases.delete(channel);
    this.#index.release(channel);
  }
}
