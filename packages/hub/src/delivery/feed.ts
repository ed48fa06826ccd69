import type { HubClock, TimerHandle } from "../clock.js";
import type { LogEntry, LogFollower } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import { Delivery, type DeliveryReport } from "./delivery.js";
import type { EntryFormat } from "./entry-format.js";
import type { EventWindow } from "./event-window.js";
import { type EphemeralEvent, Frame } from "./frame.js";
import type { Reader, ReaderFeed } from "./reader.js";
import type { Subscribers } from "./subscribers.js";

/** Receives the reports of a feed. */
export interface FeedListener {
  /** A batch was written. Called before the next entry: the application's code must not run. */
  delivered(report: DeliveryReport): void;
  /** The log holds an entry that no hub has published. It is not delivered. */
  foreignEntry(position: Position): void;
  error(error: unknown): void;
}

/**
 * Follows the log and pushes each entry to the live readers that it matches. What is published in
 * one tick (or flush interval) is one batch, and reaches each reader in one write.
 */
// Over 25 members: the batch, its timer and the position served change together, in one turn.
export class Feed implements LogFollower, ReaderFeed {
  readonly #window: EventWindow;
  readonly #format: EntryFormat;
  readonly #subscribers: Subscribers<Reader>;
  readonly #listener: FeedListener;
  readonly #clock: HubClock;
  readonly #flushInterval: number;
  readonly #maxBatchBytes: number;
  /** The frames that wait; `undefined` if none does. */
  #batch: Frame[] | undefined;
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
    format: EntryFormat,
    subscribers: Subscribers<Reader>,
    { clock, flushInterval, slowReader }: HubSettings,
    listener: FeedListener,
  ) {
    this.#window = window;
    this.#format = format;
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
      const frame = this.#format(entry);
      if (frame.role === "foreign") this.#skip(entry);
      else if (frame.role === "hidden") this.#hide(frame);
      else this.#add(frame);
    }
  }

  #add(frame: Frame<LogEntry>): void {
    // First, because a flush serves up to the window's head.
    this.#makeRoomFor(frame);
    this.#window.push(frame);
    this.#enqueue(frame);
    // An end is the last frame of its batch.
    if (frame.role === "end") this.flush();
  }

  /** Holds an entry for the readers that catch up, and sends it to none. */
  #hide(frame: Frame<LogEntry>): void {
    this.#window.push(frame);
    if (this.#batch === undefined) this.#servedThrough = this.#window.head;
  }

  /** Reports an entry that no hub has published, and moves past it. */
  #skip({ position }: LogEntry): void {
    this.passed(position);
    this.#listener.foreignEntry(position);
  }

  passed(head: Position): void {
    this.#window.advance(head);
    // A batch that waits precedes this position, which counts as served once the batch is written.
    if (this.#batch === undefined) this.#servedThrough = this.#window.head;
  }

  error(error: unknown): void {
    this.#listener.error(error);
  }

  /** Sends an event only to the readers that are live when the batch is written. */
  sendEphemeral(event: EphemeralEvent): void {
    const frame = new Frame(event);
    this.#makeRoomFor(frame);
    this.#enqueue(frame);
  }

  /** Writes the batch now: every live reader then has everything up to the followed head. */
  flush(): void {
    this.#cancelTimer();
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#batchBytes = 0;
    const served = this.#servedThrough;
    this.#servedThrough = this.#window.head;
    const delivery = new Delivery(this.#subscribers);
    delivery.push(batch, served);
    this.#listener.delivered(delivery);
  }

  /** Splits a burst, so that a batch is never larger than one write may be. */
  #makeRoomFor(frame: Frame): void {
    if (this.#batchBytes + frame.byteLength > this.#maxBatchBytes) this.flush();
  }

  #enqueue(frame: Frame): void {
    this.#batchBytes += frame.byteLength;
    if (this.#batch !== undefined) this.#batch.push(frame);
    else {
      // Of one item, which most batches are: an empty array grows to seventeen.
      this.#batch = [frame];
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#flushInterval > 0) {
      this.#timer = this.#clock.setTimeout(() => this.flush(), this.#flushInterval);
    } else if (!this.#deferred) {
      this.#deferred = true;
      this.#clock.defer(this.#onDeferred);
    }
  }

  readonly #onDeferred = (): void => {
    this.#deferred = false;
    this.flush();
  };

  #cancelTimer(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
