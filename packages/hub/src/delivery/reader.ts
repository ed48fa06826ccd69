import type { EventSink } from "@sse/core";
import type { Channel } from "../log/channel.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import type { ConnectionState } from "../subscription.js";
import { utf8Length } from "../utf8.js";
import type { Bundle } from "./bundle.js";
import { CatchUp, type CatchUpContext, type CatchUpStart, type ReaderStart } from "./catch-up.js";
import type { CatchUpListener } from "./catch-up-listener.js";
import type { Frame } from "./frame.js";
import { liveFrame } from "./frames.js";
import { ReaderFilter } from "./reader-filter.js";
import { type HeartbeatTick, ReaderOutput } from "./reader-output.js";

/** The part of a feed that its readers use. */
export interface ReaderFeed {
  /** Resolves once the head is known. */
  readonly begun: Promise<void>;
  /** Writes what waits to the live readers. */
  flush(): void;
}

/** The parts of a hub that its readers share. */
export interface ReaderContext extends CatchUpContext {
  readonly feed: ReaderFeed;
  readonly settings: HubSettings;
}

/** Options of a {@link Reader}. */
export interface ReaderOptions {
  /** The id of its connection. */
  readonly id: string;
  /** The channels that are followed from the start. The reader keeps and changes this set. */
  readonly channels: Set<Channel>;
  /** Whether the client receives `sse:*` events and id-only frames. */
  readonly controlEvents: boolean;
}

/** Receives the reports of a reader. */
export interface ReaderListener extends CatchUpListener {
  /** The reader was live and has fallen behind, because the client has no room. */
  lagging(): void;
  /** An ephemeral event was not written: the reader was not live, or its client had no room. */
  dropped(event: string): void;
  /** Without control events: the head has been reached, and the stream has started. */
  started(): void;
  /** The last entry of the channel was written: nothing follows. */
  ended(): void;
}

/**
 * Serves one connection from the log. A reader is *live* (the feed pushes to it, and its cursor is
 * the feed's) or *catching up* (it reads by itself up to the head, and becomes live in that turn).
 */
// Over 25 members: the states of a reader and its membership in the feed change together, in one
// turn.
export class Reader {
  readonly id: string;
  readonly #context: ReaderContext;
  readonly #filter: ReaderFilter;
  readonly #output: ReaderOutput;
  readonly listener: ReaderListener;
  /**
   * The frames that the feed is about to push. Kept here, so that a batch needs no map of all
   * readers.
   */
  #pendingBundle: Bundle | undefined;
  /** Present while catching up. */
  #catchUp: CatchUp | undefined;
  #state: ConnectionState = "catching-up";
  /** Whether `sse:live` has been sent. */
  #announced = false;

  constructor(sink: EventSink, options: ReaderOptions, context: ReaderContext, listener: ReaderListener) {
    this.id = options.id;
    this.#filter = new ReaderFilter(options.id, options.channels);
    this.#output = new ReaderOutput(sink, options.controlEvents);
    this.#context = context;
    this.listener = listener;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether anything has been written. */
  get started(): boolean {
    return this.#output.started;
  }

  get live(): boolean {
    return this.#state === "live";
  }

  /**
   * Starts at the head, or where the client asked to. At the head it is live when this returns.
   *
   * @param preamble is written ahead of everything else. Without control events it waits until the
   * start is known to be held.
   */
  start(start: ReaderStart | undefined, preamble: string): void {
    this.#output.prepare(preamble);
    const isAtHead = start === undefined && this.#context.window.head !== "";
    // Most clients start at the head, and need no objects to catch up: one write has the preamble
    // and `sse:live`.
    if (isAtHead && this.#output.room > utf8Length(preamble)) this.#goLive({ replayed: 0, end: undefined });
    else {
      if (this.#output.controlEvents) this.#output.start();
      void this.#catchUpFrom({ start, cursor: "" });
    }
  }

  /** Follows a channel from the followed head of this moment on. */
  follow(channel: Channel): void {
    const { feed, window } = this.#context;
    // The entries in the batch were published before this moment.
    if (this.live) feed.flush();
    if (this.live || window.head === "") this.#filter.add(channel);
    else this.#filter.addAfter(window.head, channel);
  }

  unfollow(channel: Channel): void {
    this.#filter.remove(channel);
    this.#catchUp?.channelRemoved();
  }

  /**
   * Adds a frame to what the feed is about to push.
   *
   * @param alone the frame by itself, the same object for all readers.
   * @returns whether it is the first.
   */
  addFrame(frame: Frame, alone: Bundle): boolean {
    const before = this.#pendingBundle;
    const bundle = before?.followedBy(frame) ?? alone;
    if (before !== undefined) before.readers -= 1;
    bundle.readers += 1;
    this.#pendingBundle = bundle;
    return before === undefined;
  }

  /** Returns what the feed is about to push, and removes it. */
  takeBundle(): Bundle | undefined {
    const bundle = this.#pendingBundle;
    this.#pendingBundle = undefined;
    return bundle;
  }

  /**
   * Writes what the feed pushes. Returns false, and has written nothing, if the client has no room.
   */
  push(bundle: Bundle): boolean {
    if (this.#output.room <= 0) return false;
    const visible = bundle.ends && !this.#output.controlEvents ? bundle.before : bundle;
    if (visible !== undefined) this.#write(visible, bundle.readers);
    if (bundle.ends) this.#finish();
    return true;
  }

  /** Stops being live, and catches up from `cursor`, up to which everything has been written. */
  fallBehind(cursor: Position): void {
    this.#state = "catching-up";
    void this.#catchUpFrom({ start: undefined, cursor });
  }

  /**
   * Writes the heartbeat and the id-only frame that are due. A client without room for them falls
   * behind: where little is published, nothing else would start its stall timeout.
   */
  heartbeat(tick: HeartbeatTick): void {
    if (this.#output.room > 0) this.#output.writeHeartbeat(tick, this.live);
    else if (this.live) {
      this.fallBehind(tick.head);
      // In a turn of its own, so that no listener runs between two readers of one heartbeat.
      queueMicrotask(() => this.listener.lagging());
    }
    this.#output.endTick();
  }

  /** Stops for good: nothing is written any more. */
  end(): void {
    this.#state = "closed";
    this.#catchUp?.cancel();
  }

  async #catchUpFrom(start: CatchUpStart): Promise<void> {
    const { feed, window } = this.#context;
    const catchUp = new CatchUp(this.#context, this.#filter, this.#output, this.listener, start);
    this.#catchUp = catchUp;
    try {
      if (window.head === "") await feed.begun;
      await catchUp.run(() => this.#goLive(catchUp));
    } catch (error) {
      this.listener.error(error);
      void this.#output.destroy();
    }
  }

  /** @param readers the number of readers that the bytes are shared by. */
  #write(bundle: Bundle, readers: number): void {
    if (readers === 1) this.#output.writeText(bundle.text, bundle.position);
    else this.#output.write(bundle.bytes, bundle.position);
  }

  /** Stops after the last entry, and reports it in a turn of its own, as all reports of a batch. */
  #finish(): void {
    this.end();
    queueMicrotask(() => this.listener.ended());
  }

  #goLive({ replayed, end }: Pick<CatchUp, "replayed" | "end">): void {
    const { feed, settings, window } = this.#context;
    feed.flush();
    this.#filter.activate(() => true);
    this.#catchUp = undefined;
    if (end !== undefined) {
      if (this.#output.controlEvents) this.#output.writeText(end.text, end.event.position);
      else if (!this.#output.started) this.#output.start();
      this.#finish();
      return;
    }
    this.#state = "live";
    if (this.#announced) return;
    this.#announced = true;
    if (!this.#output.controlEvents) {
      if (!this.#output.started) this.#output.start();
      this.listener.started();
      return;
    }
    const live = { connection: this.id, heartbeat: settings.heartbeat.interval, replayed };
    this.#output.writeText(liveFrame(window.head, live), window.head);
  }
}
