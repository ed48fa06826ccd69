import { isSseError } from "@sse/core";
import { stallParts } from "@sse/core/internal";
import type { ErrorThrottle } from "../error-throttle.js";
import { foreignEntry, logSilent } from "../errors.js";
import type { LogEntry, LogGap, LogPage, ReadableLog, ReadStart } from "../log/event-log.js";
import { isPosition, maxPositionLength, type Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import { Sleep } from "../sleep.js";
import { awaitLog } from "./await-log.js";
import type { CatchUpListener } from "./catch-up-listener.js";
import { replacedEntries } from "./conflate.js";
import { type EntryFormat, sharedFrame } from "./entry-format.js";
import type { EventWindow } from "./event-window.js";
import type { EntryRole, Frame } from "./frame.js";
import { gapFrame, idFrame } from "./frames.js";
import { LatestEntries } from "./latest-entries.js";
import type { ReaderFilter } from "./reader-filter.js";
import type { ReaderOutput } from "./reader-output.js";
import type { SharedPages } from "./shared-pages.js";
import { waitUntilFollowed } from "./wait-until-followed.js";

/** Entries requested from the log at a time. */
const pageSize = 256;

/** The bytes of data that are read at a time to find the entries that newer ones replace. */
const conflatedPageBytes = 65_536;

/**
 * Milliseconds on average before a log that could not be read is read again: between half and one
 * and a half of them, so that readers that failed together do not retry together.
 */
const logRetryDelay = 1_000;

/** The parts of a hub that a catch-up reads from. */
export interface CatchUpContext {
  readonly log: ReadableLog;
  /** The way in which the log's entries are sent. */
  readonly format: EntryFormat;
  readonly window: EventWindow;
  readonly pages: SharedPages;
  readonly settings: Pick<HubSettings, "clock" | "slowReader">;
  /** Shared by all readers, so that many that wait for a log report its error once. */
  readonly logErrors: ErrorThrottle;
}

/** A start in the log, or the newest entry of each channel and conflate key. */
export type ReaderStart = ReadStart | { readonly latest: true };

/** The position at which a catch-up begins. */
export interface CatchUpStart {
  /** The start that the client asked for; `undefined` to continue at `cursor`. */
  readonly start: ReaderStart | undefined;
  /** Everything that matches up to this position has been written. Empty for the head. */
  readonly cursor: Position;
}

/**
 * Brings one reader from its position to the head: out of the window as far as that reaches back,
 * out of the log otherwise, and never faster than the client reads.
 */
// Over 25 members: one for each step of a catch-up, over one cursor.
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #filter: ReaderFilter;
  readonly #output: ReaderOutput;
  readonly #listener: CatchUpListener;
  readonly #sleep: Sleep;
  /** The start that the client asked for, until the log has been read. */
  #start: ReadStart | undefined;
  #cursor: Position;
  /** The evictions that the last page reported: only later ones are a new gap. */
  #knownEvictions: string | undefined;
  /** Whether a channel was removed from the filter since the log was last asked for a page. */
  #channelRemoved = false;
  /** The selection of a start at the latest entries. */
  #latest: LatestEntries | undefined;
  /** The positions of the selected entries. Others up to the end of the selection are left out. */
  #selected: ReadonlySet<Position> | undefined;
  #isOver = false;
  #replayed = 0;
  /** The last entry that matches, if it is an end. It is held back until the head is reached. */
  #end: Frame<LogEntry> | undefined;

  constructor(
    context: CatchUpContext,
    filter: ReaderFilter,
    output: ReaderOutput,
    listener: CatchUpListener,
    { start, cursor }: CatchUpStart,
  ) {
    this.#context = context;
    this.#filter = filter;
    this.#output = output;
    this.#listener = listener;
    this.#sleep = new Sleep(context.settings.clock);
    if (typeof start === "object" && "latest" in start) this.#latest = new LatestEntries(filter);
    else this.#start = start;
    this.#cursor = cursor;
  }

  /** The number of entries that have been written. */
  get replayed(): number {
    return this.#replayed;
  }

  /** The end that is to be written at the head, after which nothing follows. */
  get end(): Frame<LogEntry> | undefined {
    return this.#end;
  }

  /**
   * Writes everything up to the head. Requires that the head is known.
   *
   * @param onHead called at the head, in the turn in which the last entry was written, so that no
   * entry falls in between. Not called after {@link cancel}.
   */
  async run(onHead: () => void): Promise<void> {
    this.#resolveStart();
    if (this.#latest !== undefined) await this.#selectLatest(this.#latest);
    while (!this.#isOver) {
      if (this.#output.room <= 0) await this.#waitForRoom();
      else if (!this.#readWindow(onHead)) await this.#readLog();
    }
  }

  /** Stops: nothing is written any more. */
  cancel(): void {
    this.#isOver = true;
    this.#sleep.cancel();
  }

  /** Must be called when a channel has been removed from the filter. */
  channelRemoved(): void {
    this.#channelRemoved = true;
  }

  /**
   * Turns a start that is certainly of this history into the cursor, without asking the log.
   */
  #resolveStart(): void {
    const { window } = this.#context;
    if (this.#start === undefined) {
      if (this.#cursor === "") this.#cursor = window.head;
    } else if (typeof this.#start === "string" && window.has(this.#start)) {
      this.#cursor = this.#start;
      this.#start = undefined;
    }
  }

  /** Reads the history that matches, and starts ahead of the first entry that it selects. */
  async #selectLatest(latest: LatestEntries): Promise<void> {
    const { log, window } = this.#context;
    const { channels } = this.#filter;
    let start: Position = "";
    for (let through = ""; !this.#isOver && (through === "" || start !== through); ) {
      through = window.head;
      const page = await this.#attempt(() =>
        awaitLog(log.read(start, { channels, through, limit: pageSize }), this.#sleep),
      );
      if (page === undefined) continue;
      latest.add(page, start);
      start = page.scannedThrough;
    }
    this.#selected = latest.positions();
    // Ahead of the oldest entry there is no position.
    if (latest.start === "") this.#start = "";
    else this.#cursor = latest.start ?? start;
  }

  async #waitForRoom(): Promise<void> {
    const { stallTimeout } = this.#context.settings.slowReader;
    if (stallTimeout === 0) return this.#output.drain();
    let [room, parts] = [this.#output.room, 0];
    while (parts < stallParts) {
      const timedOut = await this.#sleep.orUntil(this.#output.drain(), stallTimeout / stallParts);
      if (!timedOut || this.#isOver) return;
      // A client that reads slowly is served without a time limit.
      parts = this.#output.room > room ? 0 : parts + 1;
      room = this.#output.room;
    }
    this.#isOver = true;
    this.#listener.stalled();
    await this.#output.destroy();
  }

  /**
   * Continues from the window as far as there is room, and calls `onHead` at its end. Returns false
   * if the window does not reach back to the cursor.
   */
  #readWindow(onHead: () => void): boolean {
    if (this.#start !== undefined) return false;
    const entries = this.#context.window.after(this.#cursor);
    if (entries === undefined) return false;
    if (this.#writeShared(entries) || this.#writeEntries(entries) === entries.length) {
      this.#isOver = true;
      onHead();
    }
    return true;
  }

  /**
   * Writes what the window holds as one page that other readers share. Returns false, and has
   * written nothing, if there is none, or no room for it.
   */
  #writeShared(entries: readonly Frame<LogEntry>[]): boolean {
    const isOwn = this.#conflates || this.#latest !== undefined || this.#filter.nextStart !== undefined;
    if (isOwn) return false;
    const page = this.#context.pages.find(this.#cursor, entries, this.#filter.channels);
    if (page === undefined || page.bytes.byteLength > this.#output.room) return false;
    if (page.length > 0) {
      this.#output.write(page.bytes, page.lastId);
      this.#end = undefined;
    }
    this.#cursor = entries.at(-1)!.event.position;
    this.#replayed += page.length;
    this.#listener.caughtUp(page.length);
    return true;
  }

  async #readLog(): Promise<void> {
    const page = await this.#readPage();
    if (page === undefined || this.#isOver) return;
    // The gap may be about a channel that was removed meanwhile.
    if (page.gap === undefined || !this.#channelRemoved) await this.#writePage(page);
  }

  /** Reads the next page. After an error it waits and returns `undefined`. */
  #readPage(): Promise<LogPage | undefined> {
    return this.#attempt(async () => {
      await this.#waitIfAhead();
      if (this.#isOver) return undefined;
      const { log, window } = this.#context;
      // A position of an earlier epoch precedes everything that follows.
      this.#activate((since) => Number.isNaN(log.compare(since, window.head)));
      const start = this.#start ?? this.#cursor;
      this.#channelRemoved = false;
      const page = log.read(typeof start === "string" && !isPosition(start) ? "" : start, {
        channels: this.#filter.channels,
        through: this.#filter.nextStart ?? window.head,
        limit: pageSize,
        maxBytes: this.#maxPageBytes,
        ...(this.#knownEvictions === undefined ? {} : { knownEvictions: this.#knownEvictions }),
      });
      return awaitLog(page, this.#sleep);
    });
  }

  /** Bounds a page by what can be written. Conflation needs to see more than that. */
  get #maxPageBytes(): number {
    return Math.max(this.#conflates ? conflatedPageBytes : 1, this.#output.room);
  }

  get #conflates(): boolean {
    return this.#context.settings.slowReader.policy === "conflate";
  }

  /** Reads the log. After an error it reports it, waits and returns `undefined`. */
  async #attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (this.#isOver) return;
      this.#context.logErrors.report(errorKind(error), error);
      await this.#sleep.for(logRetryDelay * (0.5 + this.#context.settings.clock.random()));
    }
  }

  /** Waits for a start beyond the followed head; cuts the client off if it is not followed soon. */
  async #waitIfAhead(): Promise<void> {
    const outcome = await waitUntilFollowed(this.#start, this.#context, this.#sleep, () => this.#isOver);
    if (outcome === "followed") this.#resolveStart();
    if (outcome !== "late") return;
    this.#isOver = true;
    this.#listener.error(logSilent("holds entries that this instance does not receive"));
    await this.#output.destroy();
  }

  /**
   * Writes a page, as far as there is room at a time. The rest is held meanwhile: to read it again
   * for each write would cost many times what is delivered.
   */
  async #writePage(page: LogPage): Promise<void> {
    const start = this.#start ?? this.#cursor;
    this.#start = undefined;
    this.#knownEvictions = page.evictions;
    // The empty start is that of a selection, not one of the client.
    if (page.gap !== undefined && start !== "")
      await this.#reportGap(page.gap, start, page.entries[0]?.position);
    if (this.#isOver) return;
    const { format } = this.#context;
    let entries = page.entries.map((entry) => sharedFrame(entry, format));
    while (entries.length > 0) {
      entries = entries.slice(this.#writeEntries(entries));
      if (entries.length > 0) await this.#waitForRoom();
      if (this.#isOver) return;
    }
    this.#cursor = page.scannedThrough;
    this.#activate((since) => this.#context.log.compare(since, this.#cursor) <= 0);
    const moreToScan = this.#output.controlEvents && this.#cursor !== this.#context.window.head;
    if (moreToScan && this.#output.lastId !== this.#cursor)
      this.#output.writeText(idFrame(this.#cursor), this.#cursor);
  }

  async #reportGap(
    { reason, resumesAfter }: LogGap,
    start: ReadStart,
    oldest: Position | undefined,
  ): Promise<void> {
    const requested = String(start).slice(0, maxPositionLength);
    if (!this.#output.controlEvents) {
      this.#isOver = true;
      this.#listener.gapEnds({ reason, requested, oldest });
      return;
    }
    const frame = gapFrame(resumesAfter, { reason, requested, oldest: oldest ?? null });
    this.#output.writeText(frame, resumesAfter);
    const added = await this.#listener.gap({ reason, requested, oldest });
    if (!this.#isOver) for (const text of added) this.#output.writeText(text);
  }

  /**
   * Writes the entries that match, in one piece, as far as there is room and at least one. Returns
   * the number of processed entries; the cursor is at the last of them.
   */
  #writeEntries(entries: readonly Frame<LogEntry>[]): number {
    const replaced = this.#conflates
      ? replacedEntries(entries, (entry) => this.#filter.excludes(entry))
      : none;
    const { room } = this.#output;
    const chunk: string[] = [];
    let lastId: Position | undefined;
    let size = 0;
    let conflated = 0;
    let processed = 0;
    for (const frame of entries) {
      const { event: entry } = frame;
      const { position } = entry;
      this.#activate((since) => this.#context.log.compare(since, position) < 0);
      const role = this.#roleOf(frame);
      if (role !== undefined) this.#end = role === "end" ? frame : undefined;
      if (role === "event" && replaced.has(frame)) conflated += 1;
      else if (role === "event") {
        const { byteLength } = frame;
        if (chunk.length > 0 && size + byteLength > room) break;
        chunk.push(frame.text);
        size += byteLength;
        lastId = position;
      }
      this.#cursor = position;
      processed += 1;
    }
    if (chunk.length > 0) this.#output.writeText(chunk.join(""), lastId);
    this.#replayed += chunk.length;
    this.#listener.caughtUp(chunk.length);
    if (conflated > 0) this.#listener.conflated(conflated);
    return processed;
  }

  /** Whether an entry is one of the latest, or newer than the selection of these. */
  #isSelected(position: Position): boolean {
    if (this.#latest === undefined || this.#selected === undefined) return true;
    return this.#selected.has(position) || this.#context.log.compare(position, this.#latest.end) > 0;
  }

  /**
   * Returns the role of an entry; `undefined` if the reader is not to receive it. One that no hub
   * has published is reported.
   */
  #roleOf({ event: entry, role }: Frame<LogEntry>): EntryRole | undefined {
    if (!this.#isSelected(entry.position) || !this.#filter.matches(entry)) return undefined;
    if (role === "foreign") this.#context.logErrors.report("foreign-entry", foreignEntry(entry.position));
    return role;
  }

  /**
   * Follows the pending channels whose positions have been reached. The cursor moves to the last of
   * these positions: were it further back, the channel would seem to be followed from there on.
   */
  #activate(reached: (since: Position) => boolean): void {
    for (const since of this.#filter.activate(reached)) {
      if (this.#context.log.compare(since, this.#cursor) > 0) this.#cursor = since;
      // It was reported without this channel.
      this.#knownEvictions = undefined;
    }
  }
}

const none: ReadonlySet<Frame<LogEntry>> = new Set();

function errorKind(error: unknown): string {
  return isSseError(error) ? error.code : "unknown";
}
