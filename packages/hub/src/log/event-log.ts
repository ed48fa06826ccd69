import type { GapReason } from "@sse/core";
import type { HubBus } from "./bus.js";
import type { Channel, RunChannel } from "./channel.js";
import type { Position } from "./position.js";

/** An entry to append: a serialized event and its receivers. */
export interface NewLogEntry {
  /**
   * The receivers: a reader that follows at least one of these channels receives the event once. At
   * least one channel, no repeats.
   */
  readonly channels: readonly Channel[];
  /** The event's name, without CR, LF and NUL; absent for the default, `message`. */
  readonly event?: string;
  /** The event's data, as a string. */
  readonly data: string;
  /**
   * Entries with the same channels and the same key may replace one another for a reader that is
   * behind.
   */
  readonly conflateKey?: string;
  /** The id of a connection that does not receive the entry. The log stores it with the entry. */
  readonly except?: string;
}

/** An entry that the log holds. */
export interface LogEntry extends NewLogEntry {
  readonly position: Position;
}

/** Options of {@link EventLog.append}. */
export interface AppendOptions {
  /**
   * Identifies the entry: appending again with the same key and the same entry, whatever its
   * `except`, resolves to the first position and stores nothing. A log remembers a key for a
   * bounded time, in bounded memory, and not beyond its epoch.
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * Called before the append resolves if the key had been used before, so that nothing was stored.
   */
  readonly onRepeat?: (() => void) | undefined;
}

/** The start of a read: a position, whose entry is not read, or the n-th newest matching entry. */
export type ReadStart = Position | { readonly last: number };

/** Options of {@link EventLog.read}. */
export interface ReadOptions {
  /** Only entries for one of these channels match. */
  readonly channels: ReadonlySet<Channel>;
  /**
   * Nothing beyond this position is read. It is never beyond the followed head: the last position
   * that a follower of this log object has received or passed.
   */
  readonly through: Position;
  /** The maximum number of entries, at least 1. */
  readonly limit: number;
  /**
   * The bytes of data that the reader can use. The page ends before they are exceeded, but not
   * before the first entry: what it holds beyond would be read again.
   */
  readonly maxBytes?: number | undefined;
  /**
   * The `evictions` of an earlier page: what had been evicted by then is known to the reader, and
   * no gap any more.
   */
  readonly knownEvictions?: string | undefined;
}

/**
 * A gap in the entries of a page: matching entries that are no longer held. One gap stands for all
 * of them. Where channels are evicted separately, entries of one channel may also be missing after
 * {@link LogGap.resumesAfter}, between entries of another that are still held. They are not
 * reported again.
 */
export interface LogGap {
  readonly reason: GapReason;
  /**
   * The position just before what follows: no matching entry is held between the start and here.
   * Not the end of what is missing.
   */
  readonly resumesAfter: Position;
}

/** A part of the log, as one reader may see it. */
export interface LogPage {
  /**
   * Matching entries in log order. There may be fewer than the limit, also none, before `through`
   * is reached: a page ends with the entry that brings its data to {@link maxPageBytes} or more.
   */
  readonly entries: readonly LogEntry[];
  /**
   * No entry up to here that matches is left to read: the start of the next page. At least the last
   * entry's position.
   */
  readonly scannedThrough: Position;
  /**
   * Names the evictions so far, for the next read. Opaque; only the log object that returned it
   * understands it.
   */
  readonly evictions: string;
  /**
   * Present if and only if matching entries after the start are no longer held, and that is not
   * known yet.
   */
  readonly gap?: LogGap;
}

/**
 * The size at which every log ends a page, in bytes of data, so that a client that never reads
 * costs no more than that.
 */
export const maxPageBytes: number = 1024 * 1024;

/**
 * Follows a log, see {@link EventLog.follow}. The methods must not throw, and must not append
 * before they return.
 */
export interface LogFollower {
  /**
   * Following starts after this position, or starts again: entries between the last one received
   * and here are not received. Called once before the first entry, and whenever the log cannot
   * continue without a break.
   */
  reset(head: Position): void;
  /**
   * Receives the entries after those received before: each once, in log order, without a break
   * since the last `reset`.
   */
  entries(entries: readonly LogEntry[]): void;
  /**
   * Moves the followed head to a position without an entry, such as that of a foreign message in
   * the engine. Everything up to there has been received.
   */
  passed(head: Position): void;
  /** The connection to the log failed. The log retries by itself. */
  error(error: unknown): void;
}

/** The entries that a log certainly holds. */
export interface LogRetention {
  /** The number of newest entries that are certainly held, whatever their channels. */
  readonly maxEvents: number;
  /** The bytes of newest entries that are certainly held. */
  readonly maxBytes: number;
  /** Milliseconds for which an entry is held at most. */
  readonly maxAge: number;
}

/** The part of a log that a hub reads and follows. */
export interface ReadableLog {
  /**
   * Reads a page of the matching entries after a start, in log order, up to `through`.
   *
   * A start may be any string that a client sent. If it is malformed, of another epoch or was never
   * assigned, the page starts with the oldest matching entry held, and has a gap. A gap with the
   * reason `evicted` is reported if and only if a matching entry after the start is no longer held
   * (and was not evicted before `knownEvictions`, if that is set); a log that cannot know reports
   * every gap that it cannot exclude. One gap covers all channels, and missing entries may also
   * follow its position, see {@link LogGap}. A start of `{ last }` has no gap: it is the n-th
   * newest of the entries held.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, also if `through` is of an epoch that
   * has ended meanwhile; `closed`.
   */
  read(start: ReadStart, options: ReadOptions): Promise<LogPage>;
  /**
   * Follows the log from its head on. Returns a function that stops it: nothing is called after it
   * returns.
   *
   * @throws {SseError} `closed`.
   */
  follow(follower: LogFollower): () => void;
  /**
   * Returns the log's real head: the position of the newest entry, or the one before the first.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  head(): Promise<Position>;
  /**
   * Compares two positions: negative if `a` is before `b`, positive if after, 0 if equal; `NaN` if
   * they are not two positions of one epoch. Never throws.
   */
  compare(a: Position, b: Position): number;
  /**
   * Stops following and releases connections. Later calls of `append`, `read` and `head` reject
   * with `closed`, and `follow` throws it. Calling it again does nothing.
   */
  close(): Promise<void>;
  /**
   * The entries that are certainly held, if the log knows: the hub's own window holds no more than
   * this.
   */
  readonly retention?: LogRetention;
}

/**
 * An ordered, append-only list of entries with bounded retention: the one source of everything that
 * a hub delivers.
 *
 * There is one order over all channels. A position is an *epoch* (one life of the log) and an
 * *offset* in it. A log object serves one hub or several; several processes may each have a log
 * object on the same engine. Methods may be called concurrently.
 *
 * A log on an engine stores the version of each entry, see `entryVersion`, so that instances
 * of several versions can share the engine.
 */
export interface EventLog extends ReadableLog {
  /**
   * Appends an entry and resolves to its position once the log has stored it. Appends that one
   * process calls one after the other have positions in that order. Followers in this process may
   * receive the entry before this resolves.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`: certainly not stored, so that it may be
   * retried. `append-timeout`: it may be stored. `idempotency-conflict`: the key was used for
   * another entry. `closed`: the log has been closed.
   */
  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position>;
  /**
   * Keeps the runs of the hub, if the log can. It is closed with the log, and uses nothing before
   * it is used.
   */
  readonly runs?: RunLog;
  /**
   * Reaches the hubs of other processes on the same engine, if the engine can. It is closed with
   * the log.
   */
  readonly bus?: HubBus;
}

/** An entry to append to a run. */
export type NewRunEntry = Pick<NewLogEntry, "event" | "data">;

/** Options of {@link RunLog.append}. */
export interface RunAppendOptions {
  /**
   * The position of the run's newest entry; `""` if the run has none. The entries are stored only
   * if that is still so.
   */
  readonly after: Position | "";
  /**
   * Milliseconds for which the whole run is held after this append. The ttl of the newest append
   * counts.
   */
  readonly ttl: number;
}

/**
 * A log in which each channel is a run: `run:<id>`. It has one order over all runs, positions of
 * its own, and an epoch of its own; reading and following are those of every log.
 *
 * Nothing of a run is evicted while it is held: a run is released as a whole, by the log, soon
 * after the ttl of its newest append has passed, and never before. Until the log has closed, a run
 * that has been released uses no memory but what a later reader needs to detect that entries are
 * gone.
 */
export interface RunLog extends ReadableLog {
  /**
   * Appends entries to one run, in order and without others in between, if the run's newest entry
   * is the one at `after`. Resolves to their positions once all are stored. Followers in this
   * process may receive them before this resolves.
   *
   * After a rejection the first ones of the entries may be stored, or all of them, or be stored
   * later: the caller reads the run to find out, or appends again after the same position. Of
   * appends after one position, at most one stores anything.
   *
   * @param entries at least one.
   * @throws {SseError} (as a rejection) `append-conflict`: the run's newest entry is another one,
   * or the run has been released. `overloaded`: nothing is stored, since the log holds too much for
   * another run. `log-unavailable`: certainly not stored. `append-timeout`. `closed`.
   * `too-large`, `invalid-option`, `invalid-field`: one of the entries can never be stored.
   */
  append(
    channel: RunChannel,
    entries: readonly NewRunEntry[],
    options: RunAppendOptions,
  ): Promise<readonly Position[]>;
}
