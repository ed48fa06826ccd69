import type { EventSink, GapReason } from "@sse/core";
import type { Channel } from "../log/channel.js";
import type { EventLog, LogEntry, LogGap, LogPage, ReadStart } from "../log/event-log.js";
import { isPosition, maxPositionLength, type Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import { Sleep } from "../sleep.js";
import type { ConnectionState } from "../subscription.js";
import type { Bundle } from "./bundle.js";
import { replacedEntries } from "./conflate.js";
import type { EventWindow, FramedEntry } from "./event-window.js";
import type { Feed } from "./feed.js";
import { concatBytes, entryFrame, gapFrame, idFrame, liveFrame } from "./frames.js";

/** Most entries asked of the log at a time. */
const pageSize = 256;

/** Milliseconds that a reader waits before it asks a log again that could not be read. */
const logRetryDelay = 1_000;

/** Milliseconds between two looks at whether a position that is ahead has been followed. */
const aheadPollDelay = 50;

/** What the readers of a hub share. */
export interface ReaderContext {
  readonly log: EventLog;
  readonly window: EventWindow;
  readonly feed: Feed;
  readonly settings: HubSettings;
}

/** What a reader reports. */
export interface ReaderListener {
  /** The reader was live and has fallen behind, because the client has no room. */
  lagging(): void;
  /** An ephemeral event came while the reader was not live, or had no room. */
  dropped(event: string): void;
  /** The client has been told of a gap. Returns the frames that follow it. */
  gap(gap: { reason: GapReason; requested: string; oldest: Position | undefined }): Iterable<Uint8Array>;
  /** Entries were written that the reader was behind with. */
  caughtUp(entries: number): void;
  /** Entries were left out, because the client got newer ones for them. */
  conflated(entries: number): void;
  /** The client did not take what was written until the stall deadline. */
  stalled(): void;
  error(error: unknown): void;
}

/** What one heartbeat is for all readers. */
export interface Beat {
  readonly heartbeat: Uint8Array;
  /** An id-only frame for those who are live. */
  readonly idFrame: Uint8Array;
  readonly head: Position;
  /** Whether the heartbeat is due also where the id-only frame shows life. */
  readonly always: boolean;
}

/** A channel that was subscribed to while the reader was behind: it counts from this place on. */
interface Upcoming {
  readonly channel: Channel;
  readonly since: Position;
}

/**
 * One connection's way through the log. It is *live* (the feed pushes to it, and its place is the feed's) or *catching up* (it reads
 * from its own place until nothing is left, and becomes live in that same turn).
 */
export class Reader {
  readonly #id: string;
  readonly #sink: EventSink;
  readonly #context: ReaderContext;
  readonly listener: ReaderListener;
  /** The feed's note of what it is about to push. Here, so that a batch needs no map of all readers. */
  due: Bundle | undefined;
  readonly #sleep: Sleep;
  /** What it follows at its present place. */
  readonly #channels: Set<Channel>;
  /** What it follows from a later place on, in the order of these places. */
  #upcoming: Upcoming[] = [];
  #state: ConnectionState = "catching-up";
  /** Everything that matches up to here has been written. While live, the feed's place counts instead. */
  #cursor: Position = "";
  /** Where the client asked to begin, until the log has been asked. */
  #start: ReadStart | undefined;
  /** What the log said was evicted when it was last asked: only what goes later is a new gap. */
  #knownEvictions: string | undefined;
  /** Whether a channel was unfollowed since the log was last asked. */
  #unfollowed = false;
  /** The last id that the client was given. */
  #shownId: Position = "";
  #announced = false;
  #replayed = 0;
  /** Whether an id, or anything at all, was written since the last heartbeat. */
  #wroteId = false;
  #wrote = false;

  /** @param channels what it follows from the start; the reader keeps and changes this set. */
  constructor(
    id: string,
    sink: EventSink,
    channels: Set<Channel>,
    context: ReaderContext,
    listener: ReaderListener,
  ) {
    this.#id = id;
    this.#sink = sink;
    this.#channels = channels;
    this.#context = context;
    this.listener = listener;
    this.#sleep = new Sleep(context.settings.clock);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get live(): boolean {
    return this.#state === "live";
  }

  /** Begins at the head, or where the client asked to. At the head it is live when this returns. */
  begin(start: ReadStart | undefined): void {
    this.#start = start;
    void this.#catchUp();
  }

  /** Follows a channel from the followed head of this moment on. */
  follow(channel: Channel): void {
    const { feed, window } = this.#context;
    // What waits in the batch was published before this moment.
    if (this.live) feed.flush();
    if (this.live || window.head === "") this.#channels.add(channel);
    else this.#upcoming.push({ channel, since: window.head });
  }

  unfollow(channel: Channel): void {
    this.#unfollowed = true;
    this.#channels.delete(channel);
    this.#upcoming = this.#upcoming.filter((upcoming) => upcoming.channel !== channel);
  }

  /** Writes what the feed pushes. Answers false, and has written nothing, if the client has no room. */
  push(bundle: Bundle): boolean {
    if (this.#sink.room <= 0) return false;
    this.#write(bundle.bytes);
    if (bundle.position !== undefined) this.#show(bundle.position);
    return true;
  }

  /** Stops being live: it was given everything up to `place`, and reads on from there by itself. */
  fallBehind(place: Position): void {
    this.#state = "catching-up";
    this.#cursor = place;
    void this.#catchUp();
  }

  /**
   * Keeps an idle connection open, and moves its client's id past what it does not follow. A client that has no room for that falls behind,
   * so that its deadline runs also when nothing is published.
   */
  beat({ heartbeat, idFrame, head, always }: Beat): void {
    if (this.live && this.#sink.room <= 0) {
      this.fallBehind(head);
      this.listener.lagging();
    }
    const idDue = this.live && !this.#wroteId && this.#shownId !== head;
    const heartbeatDue = !this.#wrote && (always || !idDue);
    if (this.#sink.room > 0) {
      if (heartbeatDue) this.#write(heartbeat);
      if (idDue) this.#showFrame(idFrame, head);
    } else if (this.live) {
      // Where little is published, nothing else would notice that the client takes nothing: its stall deadline begins here.
      this.fallBehind(head);
      queueMicrotask(() => this.listener.lagging());
    }
    this.#wroteId = false;
    this.#wrote = false;
  }

  /** It never writes again. */
  end(): void {
    this.#state = "closed";
    this.#sleep.cancel();
  }

  async #catchUp(): Promise<void> {
    const { feed, window } = this.#context;
    try {
      if (window.head === "") await feed.begun;
      this.#takePlace();
      while (this.#state === "catching-up") {
        if (this.#sink.room <= 0) await this.#roomToWrite();
        else if (!this.#readWindow()) await this.#readLog();
      }
    } catch (error) {
      this.listener.error(error);
      this.#sink.destroy();
    }
  }

  /** A start that is certain needs no question to the log. */
  #takePlace(): void {
    const { log, window } = this.#context;
    if (this.#start === undefined) {
      if (this.#cursor === "") this.#cursor = window.head;
    } else if (typeof this.#start === "string" && log.compare(this.#start, window.head) <= 0) {
      this.#cursor = this.#start;
      this.#start = undefined;
    }
  }

  async #roomToWrite(): Promise<void> {
    const { stallTimeout } = this.#context.settings.slowReader;
    if (stallTimeout === 0) return this.#sink.drain();
    const stalled = await this.#sleep.orUntil(this.#sink.drain(), stallTimeout);
    if (!stalled || this.#state === "closed") return;
    this.listener.stalled();
    this.#sink.destroy();
    await this.#sink.closed;
  }

  /**
   * Goes on from the window as far as there is room, and becomes live at its end: no turn passes between reading the last entry and being
   * pushed to. Answers false if the window does not reach back to the reader's place.
   */
  #readWindow(): boolean {
    if (this.#start !== undefined) return false;
    const entries = this.#context.window.after(this.#cursor);
    if (entries === undefined) return false;
    if (this.#writeEntries(entries)) this.#goLive();
    return true;
  }

  async #readLog(): Promise<void> {
    const page = await this.#askLog();
    if (page === undefined || this.#state === "closed") return;
    // The gap may be about what was unfollowed meanwhile.
    if (page.gap === undefined || !this.#unfollowed) this.#writePage(page);
  }

  /** Asks the log for what follows. A log that cannot be read is asked again after a while. */
  async #askLog(): Promise<LogPage | undefined> {
    try {
      await this.#waitIfAhead();
      const { log, window } = this.#context;
      // A place in an earlier life of the log lies before everything that follows.
      this.#activate((since) => Number.isNaN(log.compare(since, window.head)));
      const start = this.#start ?? this.#cursor;
      this.#unfollowed = false;
      return await log.read(typeof start === "string" && !isPosition(start) ? "" : start, {
        channels: this.#channels,
        through: this.#upcoming[0]?.since ?? window.head,
        limit: pageSize,
        ...(this.#knownEvictions === undefined ? {} : { knownEvictions: this.#knownEvictions }),
      });
    } catch (error) {
      if (this.#state === "closed") return;
      this.listener.error(error);
      await this.#sleep.for(logRetryDelay);
    }
  }

  /**
   * A position beyond the followed head may have been given out by another instance, which is a little further: it is waited for.
   * Beyond the log's real head it is left as the start, and the log says that it is unknown.
   */
  async #waitIfAhead(): Promise<void> {
    const { log, window } = this.#context;
    const start = this.#start;
    if (typeof start !== "string" || !(log.compare(start, window.head) > 0)) return;
    if (log.compare(start, await log.head()) > 0) return;
    while (this.#state !== "closed" && log.compare(start, window.head) > 0)
      await this.#sleep.for(aheadPollDelay);
    this.#takePlace();
  }

  /**
   * Writes a page as far as there is room. What does not fit is not kept: it is read again once the client has taken the rest, so that a
   * slow client costs no memory.
   */
  #writePage(page: LogPage): void {
    const start = this.#start ?? this.#cursor;
    this.#start = undefined;
    this.#knownEvictions = page.evictions;
    if (page.gap !== undefined) this.#tellGap(page.gap, start, page.entries[0]?.position);
    if (!this.#writeEntries(page.entries.map(unframed))) return;
    this.#cursor = page.scannedThrough;
    this.#activate((since) => this.#context.log.compare(since, this.#cursor) <= 0);
    const moreToScan = this.#cursor !== this.#context.window.head;
    if (moreToScan && this.#shownId !== this.#cursor) this.#showFrame(idFrame(this.#cursor), this.#cursor);
  }

  #tellGap(gap: LogGap, start: ReadStart, oldest: Position | undefined): void {
    const requested = String(start).slice(0, maxPositionLength);
    this.#showFrame(
      gapFrame(gap.resumesAfter, { reason: gap.reason, requested, oldest: oldest ?? null }),
      gap.resumesAfter,
    );
    for (const frame of this.listener.gap({ reason: gap.reason, requested, oldest })) this.#write(frame);
  }

  /**
   * Writes, in one piece, what it follows of the entries as far as there is room; one entry at least. Answers whether
   * all were done; the cursor stands at the last one that was.
   */
  #writeEntries(entries: readonly FramedEntry[]): boolean {
    const replaced =
      this.#context.settings.slowReader.policy === "conflate" ? replacedEntries(entries) : none;
    const { room } = this.#sink;
    const chunk: Uint8Array[] = [];
    let size = 0;
    let conflated = 0;
    let complete = true;
    for (const framed of entries) {
      const { position, channels } = framed.entry;
      this.#activate((since) => this.#context.log.compare(since, position) < 0);
      const follows = channels.some((channel) => this.#channels.has(channel));
      if (follows && replaced.has(framed)) conflated += 1;
      else if (follows) {
        const { bytes } = framed;
        complete = chunk.length === 0 || size + bytes.byteLength <= room;
        if (!complete) break;
        chunk.push(bytes);
        size += bytes.byteLength;
        this.#show(position);
      }
      this.#cursor = position;
    }
    if (chunk.length > 0) this.#write(concatBytes(chunk));
    this.#replayed += chunk.length;
    this.listener.caughtUp(chunk.length);
    if (conflated > 0) this.listener.conflated(conflated);
    return complete;
  }

  /**
   * Begins to follow those of the upcoming channels whose place has been reached, which is then the reader's place too: were it further back, the channel
   * would seem to be followed from there on.
   */
  #activate(reached: (since: Position) => boolean): void {
    while (this.#upcoming[0] !== undefined && reached(this.#upcoming[0].since)) {
      const { channel, since } = this.#upcoming.shift()!;
      this.#channels.add(channel);
      if (this.#context.log.compare(since, this.#cursor) > 0) this.#cursor = since;
      // What is known of evictions was asked without this channel.
      this.#knownEvictions = undefined;
    }
  }

  #goLive(): void {
    const { feed, settings, window } = this.#context;
    feed.flush();
    this.#activate(() => true);
    this.#cursor = window.head;
    this.#state = "live";
    if (this.#announced) return;
    this.#announced = true;
    const heartbeat = settings.heartbeat.interval;
    const live = { connection: this.#id, heartbeat, replayed: this.#replayed };
    this.#showFrame(liveFrame(this.#cursor, live), this.#cursor);
  }

  #showFrame(bytes: Uint8Array, position: Position): void {
    this.#write(bytes);
    this.#show(position);
  }

  #show(position: Position): void {
    this.#shownId = position;
    this.#wroteId = true;
  }

  #write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
    this.#wrote = true;
  }
}

const none: ReadonlySet<FramedEntry> = new Set();

/** An entry from the log, which is encoded only if it is written. */
function unframed(entry: LogEntry): FramedEntry {
  return {
    entry,
    get bytes() {
      return entryFrame(entry);
    },
  };
}
