import type { HubClock, TimerHandle } from "../clock.js";
import type { LogEntry, LogFollower } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import { Bundle, type Outgoing } from "./bundle.js";
import type { EventWindow } from "./event-window.js";
import { entryFrame } from "./frames.js";
import type { Reader } from "./reader.js";
import type { Subscribers } from "./subscribers.js";

/** What a feed reports. */
export interface FeedListener {
  delivered(report: { events: number; connections: number; bytes: number }): void;
  error(error: unknown): void;
}

/**
 * Follows the log and pushes what comes to the readers that are live. What is published in one tick (or flush interval) is one batch,
 * and reaches each reader in one write.
 */
export class Feed implements LogFollower {
  readonly #window: EventWindow;
  readonly #subscribers: Subscribers<Reader>;
  readonly #listener: FeedListener;
  readonly #clock: HubClock;
  readonly #flushInterval: number;
  readonly #highWaterMark: number;
  #batch: Outgoing[] = [];
  #batchBytes = 0;
  #timer: TimerHandle | undefined;
  #deferred = false;
  #servedThrough: Position = "";
  #begin: () => void = () => {};
  /** Resolves once following has begun: from then on there is a head. */
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
    this.#highWaterMark = slowReader.highWaterMark;
  }

  /** Every live reader has been given everything that matches up to here. It is the followed head, less the batch that waits. */
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
      const bytes = entryFrame(entry);
      // First, because what a flush has served ends at the window's head.
      this.#makeRoomFor(bytes);
      this.#window.push({ entry, bytes });
      const { channels, position, event = "message" } = entry;
      this.#enqueue({ channels, bytes, event, position });
    }
  }

  passed(head: Position): void {
    this.#window.pass(head);
    // A batch that waits comes before this place, and takes it along when it is written.
    if (this.#batch.length === 0) this.#servedThrough = this.#window.head;
  }

  error(error: unknown): void {
    this.#listener.error(error);
  }

  /** Sends an event to the readers that are live when the batch is written, and to nobody else ever. */
  ephemeral(frame: Outgoing): void {
    this.#makeRoomFor(frame.bytes);
    this.#enqueue(frame);
  }

  /** Writes the batch now. Afterwards the followed head is what the live readers have. */
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

  /** A batch is never larger than one write may be, so a burst is split here. */
  #makeRoomFor(bytes: Uint8Array): void {
    if (this.#batchBytes + bytes.byteLength > this.#highWaterMark) this.flush();
  }

  #enqueue(frame: Outgoing): void {
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

  #deliver(batch: readonly Outgoing[], served: Position): void {
    const dropped: [Reader, string][] = [];
    const lagging: Reader[] = [];
    let events = 0;
    let connections = 0;
    let bytes = 0;
    for (const reader of this.#route(batch, dropped)) {
      const bundle = reader.due;
      if (bundle === undefined) continue;
      reader.due = undefined;
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
    // In a turn of their own: what listeners do must come neither between two readers of a batch, nor between two entries that the log
    // hands over, nor between a reader's last entry and its going live.
    queueMicrotask(() => {
      for (const reader of lagging) reader.listener.lagging();
      for (const [reader, event] of dropped) reader.listener.dropped(event);
      this.#listener.delivered({ events, connections, bytes });
    });
  }

  /** Lays down at each live reader which frames go to it. Returns the readers that get some. */
  #route(batch: readonly Outgoing[], dropped: [Reader, string][]): Iterable<Reader> {
    const reached: Reader[] = [];
    for (const frame of batch) {
      const alone = new Bundle(frame);
      for (const reader of this.#subscribers.ofAny(frame.channels)) {
        if (!reader.live) {
          if (frame.position === undefined) dropped.push([reader, frame.event]);
        } else if (reader.due === undefined) {
          reader.due = alone;
          reached.push(reader);
        } else reader.due = reader.due.followedBy(frame);
      }
    }
    return reached;
  }
}
