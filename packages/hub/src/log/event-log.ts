import type { GapReason } from "@sse/core";
import type { HubBus } from "./bus.js";
import type { Channel } from "./channel.js";
import type { Position } from "./position.js";

/** What is appended to a log: an event that is serialized already, and whom it is for. */
export interface NewLogEntry {
  /** Whom the event is for: a reader that follows one of these channels or more gets it once. At least one, no repeats. */
  readonly channels: readonly Channel[];
  /** The event's name, without CR, LF and NUL; absent for the default, `message`. */
  readonly event?: string;
  /** The event's data, as text. */
  readonly data: string;
  /** Entries with the same channels and the same key may replace one another for a reader that has fallen behind. */
  readonly conflateKey?: string;
}

/** An entry that the log holds. */
export interface LogEntry extends NewLogEntry {
  readonly position: Position;
}

/** How to append. */
export interface AppendOptions {
  /**
   * Identifies the entry: appending again with the same key and the same entry resolves to the first
   * position and stores nothing. A log remembers a key for a bounded time, and not beyond its epoch.
   */
  readonly idempotencyKey?: string;
  /** Called before the append resolves if the key had been used before, so that nothing was stored. */
  readonly onRepeat?: () => void;
}

/** Where to read from: after a position, or from the n-th newest matching entry on. */
export type ReadStart = Position | { readonly last: number };

/** What to read. */
export interface ReadOptions {
  /** Only entries for one of these channels match. */
  readonly channels: ReadonlySet<Channel>;
  /** Nothing beyond this position is read. It is never beyond the followed head: what a follower of this log object has been given or has passed. */
  readonly through: Position;
  /** Most entries to return, at least 1. */
  readonly limit: number;
  /** The `evictions` of an earlier page: what had been evicted by then is known to the reader, and no gap any more. */
  readonly knownEvictions?: string;
}

/** Says that matching entries are missing from a page. */
export interface LogGap {
  readonly reason: GapReason;
  /** The position just before what follows: no matching entry is held between the start and here. */
  readonly resumesAfter: Position;
}

/** A part of the log, as one reader may see it. */
export interface LogPage {
  /** Matching entries in log order. It may be fewer than the limit, also none, before `through` is reached. */
  readonly entries: readonly LogEntry[];
  /** Up to here nothing that matches is left to read: where the next page starts. At least the last entry's position. */
  readonly scannedThrough: Position;
  /** Names what has been evicted so far, for the next read. Opaque; means something only to the log object that gave it. */
  readonly evictions: string;
  /** Present if and only if matching entries after the start are no longer held, and that is not known yet. */
  readonly gap?: LogGap;
}

/** Who follows a log. The methods must not throw, and must not append before they return. */
export interface LogFollower {
  /**
   * Following begins after this position, or begins again: what lies between the last entry given and here is not given.
   * Called once before the first entry, and whenever the log cannot go on without a break.
   */
  reset(head: Position): void;
  /**
   * Entries that came after those given before: each once, in log order, without a break since the last `reset`.
   */
  entries(entries: readonly LogEntry[]): void;
  /**
   * Moves the followed head to a position that has no entry, such as that of a foreign message in the engine. Everything up to there has been given.
   */
  passed(head: Position): void;
  /** The link to the log is in trouble. The log goes on trying by itself. */
  error(error: unknown): void;
}

/** What a log is sure to hold. */
export interface LogRetention {
  /** The newest entries that are held for certain, whatever their channels. */
  readonly maxEvents: number;
  /** The bytes of newest entries that are held for certain. */
  readonly maxBytes: number;
  /** Milliseconds for which an entry is held at most. */
  readonly maxAge: number;
}

/**
 * An ordered, append-only list of entries with bounded retention: the one source of what a hub delivers.
 *
 * There is one order over all channels. A position is an *epoch* (one life of the log) and an *offset* in it. A log object
 * serves one hub or several; several processes may each have a log object on the same engine. Methods may be called
 * concurrently.
 */
export interface EventLog {
  /**
   * Appends an entry and resolves to its position once the log has it. Appends called one after the other by one process
   * stand in that order. Followers in this process may be given the entry before this resolves.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`: certainly not stored. `append-timeout`: it may be stored.
   * `idempotency-conflict`: the key was used for another entry. `closed`: the log has been closed.
   */
  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position>;
  /**
   * Reads a page of the matching entries after a start, in log order, up to `through`.
   *
   * A start may be any text a client sent. If it is malformed, of another epoch or never given out, the page begins with the oldest
   * matching entry held, and carries a gap. A gap with the reason `evicted` is reported if and only if a matching entry after the
   * start is no longer held (and was not evicted before `knownEvictions`, where that is given); a log that cannot know reports every gap
   * that it cannot exclude. A start of `{ last }` has no gap: it begins with what is held.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, also where `through` is of an epoch that has ended meanwhile; `closed`.
   */
  read(start: ReadStart, options: ReadOptions): Promise<LogPage>;
  /**
   * Follows the log from its head on. Returns a function that stops it: nothing is called after it returns.
   *
   * @throws {SseError} `closed`.
   */
  follow(follower: LogFollower): () => void;
  /**
   * The log's real head: the position of the newest entry, or the one before the first.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  head(): Promise<Position>;
  /** Negative if `a` comes before `b`, positive if after, 0 if equal; `NaN` if they are not two positions of one epoch. Never throws. */
  compare(a: Position, b: Position): number;
  /**
   * Stops following and releases connections. Later calls of `append`, `read` and `head` reject with `closed`, and `follow` throws it.
   * Calling it again does nothing.
   */
  close(): Promise<void>;
  /** What is held for certain, where the log knows: the hub keeps no more than this in its own window. */
  readonly retention?: LogRetention;
  /** Reaches the hubs of other processes on the same engine, where the engine can. It is closed with the log. */
  readonly bus?: HubBus;
}
