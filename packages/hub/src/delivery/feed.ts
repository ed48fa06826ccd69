import type { HubClock, TimerHandle } from "../clock.js";
import type { Channel } from "../log/channel.js";
import type { LogEntry, LogFollower } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import { Bundle, type OutgoingFrame } from "./bundle.js";
import type { EventWindow } from "./event-window.js";
import { entryFrame, ephemeralFrame, isDeliverable } from "./frames.js";
import type { Reader, ReaderFeed } from "./reader.js";
import type { Subscribers } from "./subscribers.js";

/** Receives the reports of a feed. */
export interface FeedListener {
  delivered(report: { events: number; connections: number; bytes: number }): void;
  /** The log holds an entry that no hub has published. It is not delivered. */
  foreignEntry(position: Position): void;
  error(error: unknown): void;
}

/**
 * An event that is no entry of the log: it is sent to the readers that are live, and kept nowhere.
 */
export interface EphemeralEvent {
  readonly channels: readonly Channel[];
  readonly event: string | undefined;
  readonly data: string;
  /** The id of a connection that does not receive it. */
  readonly except?: string | undefined;
}

/**
 * Follows the log and pushes each entry to the live readers that it matches. What is published in
 * one tick (or flush interval) is one batch, and reaches each reader in one write.
 */
// Over 25 members: the batch, its timer and the position served change together, in one turn.
export class Feed implements LogFollower, ReaderFeed {
  readonly #window: EventWindow;
  readonly #subscribers: Subscribers<Reader>;
  readonly #listener: FeedListener;
  readonly #clock: HubClock;
  readonly #flushInterval: number;
  readonly #maxBatchBytes: number;
  #batch: OutgoingFrame[] = [];
  #batchBytes = 0;
  #timer: TimerHandle | undefined;
  #deferred = false;
  #servedThrough: Position = "";
  #begin: () => void = () => {};
  readonly begun: Promise<void> = new Promise((resolve) => {
    this.#begin = resolve;
  });

  constructor(
    window: EventWindow,
    subscribers: Subscribers<Reader>,
    { clock, flushInterval, slowReader }: HubSettings,
    listener: FeedListener,
  ) {
    this.#window = window;
    this.#subscribers = subscribers;
    this.#listener = listener;
    this.#clock = clock;
    this.#flushInterval = flushInterval;
    this.#maxBatchBytes = slowReader.maxBatchBytes;
  }

  /**
   * The position up to which every live reader has received what matches: the followed head without
   * the batch that waits.
   */
  get servedThrough(): Position {
    return this.#servedThrough;
  }

  reset(head: Position): void {
    this.flush();
    const served = this.#servedThrough;
    this.#window.reset(head);
    this.#servedThrough = head;
    if (served === "") this.#begin();
    else for (const reader of this.#subscribers.of("*")) if (reader.live) reader.fallBehind(served);
  }

  entries(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (!isDeliverable(entry)) {
        this.#skip(entry);
        continue;
      }
      const bytes = entryFrame(entry);
      // First, because a flush serves up to the window's head.
      this.#makeRoomFor(bytes);
      this.#window.push({ entry, bytes });
      const { channels, position, except, event = "message" } = entry;
      this.#enqueue({ channels, bytes, event, position, except });
    }
  }

  /** Reports an entry that no hub has published, and moves past it. */
  #skip({ position }: LogEntry): void {
    this.passed(position);
    this.#listener.foreignEntry(position);
  }

  passed(head: Position): void {
    this.#window.advance(head);
    // A batch that waits precedes this position, which counts as served once the batch is written.
    if (this.#batch.length === 0) this.#servedThrough = this.#window.head;
  }

  error(error: unknown): void {
    this.#listener.error(error);
  }

  /** Sends an event only to the readers that are live when the batch is written. */
  sendEphemeral({ channels, event, data, except }: EphemeralEvent): void {
    const bytes = ephemeralFrame(event, data);
    this.#makeRoomFor(bytes);
    this.#enqueue({ channels, bytes, event: event ?? "message", position: undefined, except });
  }

  /** Writes the batch now: every live reader then has everything up to the followed head. */
  flush(): void {
    this.#cancelTimer();
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    const served = this.#servedThrough;
    this.#servedThrough = this.#window.head;
    this.#deliver(batch, served);
  }

  /** Splits a burst, so that a batch is never larger than one write may be. */
  #makeRoomFor(bytes: Uint8Array): void {
    if (this.#batchBytes + bytes.byteLength > this.#maxBatchBytes) this.flush();
  }

  #enqueue(frame: OutgoingFrame): void {
    this.#batch.push(frame);
    this.#batchBytes += frame.bytes.byteLength;
    if (this.#batch.length === 1) this.#schedule();
  }

  #schedule(): void {
    if (this.#flushInterval > 0) {
      this.#timer = this.#clock.setTimeout(() => this.flush(), this.#flushInterval);
    } else if (!this.#deferred) {
      this.#deferred = true;
      this.#clock.defer(() => {
        this.#deferred = false;
        this.flush();
      });
    }
  }

  #cancelTimer(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #deliver(batch: readonly OutgoingFrame[], served: Position): void {
    const dropped: [Reader, string][] = [];
    const lagging: Reader[] = [];
    let events = 0;
    let connections = 0;
    let bytes = 0;
    for (const reader of this.#route(batch, dropped)) {
      const bundle = reader.pendingBundle;
      if (bundle === undefined) continue;
      reader.pendingBundle = undefined;
      if (reader.push(bundle)) {
        events += bundle.length;
        connections += 1;
        bytes += bundle.bytes.byteLength;
        continue;
      }
      reader.fallBehind(served);
      lagging.push(reader);
      for (const { position, event } of bundle.frames)
        if (position === undefined) dropped.push([reader, event]);
    }
    // In a turn of their own: listeners must not run between two readers of a batch, between two
    // entries of the log, or between a reader's last entry and its going live.
    queueMicrotask(() => {
      for (const reader of lagging) reader.listener.lagging();
      for (const [reader, event] of dropped) reader.listener.dropped(event);
      this.#listener.delivered({ events, connections, bytes });
    });
  }

  /**
   * Assigns each frame to the live readers that it matches. Returns the readers that receive any.
   */
  #route(batch: readonly OutgoingFrame[], dropped: [Reader, string][]): Iterable<Reader> {
    const reached: Reader[] = [];
    for (const frame of batch) {
      const alone = new Bundle(frame);
      for (const reader of this.#subscribers.ofAny(frame.channels)) {
        if (reader.id === frame.except) continue;
        if (!reader.live) {
          if (frame.position === undefined) dropped.push([reader, frame.event]);
        } else if (reader.pendingBundle === undefined) {
          reader.pendingBundle = alone;
          reached.push(reader);
        } else reader.pendingBundle = reader.pendingBundle.followedBy(frame);
      }
    }
    return reached;
  }
}
