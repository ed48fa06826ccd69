import type { Emitter } from "../emitter.js";
import type { Position } from "../log/position.js";
import type { Counters } from "../stats.js";
import { Bundle } from "./bundle.js";
import type { Frame } from "./frame.js";
import { inOwnTurn } from "./own-turn.js";
import type { Reader } from "./reader.js";
import type { Subscribers } from "./subscribers.js";

/** The sums of one delivery: over all readers, what was written to them. */
export interface DeliveryReport {
  readonly events: number;
  readonly connections: number;
  readonly bytes: number;
}

/** Counts a delivery and reports it to `delivered`. */
export function reportDelivery(report: DeliveryReport, counters: Counters, hooks: Emitter): void {
  counters.delivered += report.events;
  counters.bytes += report.bytes;
  if (hooks.has("delivered")) inOwnTurn(() => hooks.emit("delivered", report));
}

/** Pushes one batch of frames to the live readers that it matches, in one write to each. */
export class Delivery implements DeliveryReport {
  events = 0;
  connections = 0;
  bytes = 0;
  readonly #subscribers: Subscribers<Reader>;
  /** Readers whose clients had no room. Created when there is one, like {@link #dropped}. */
  #lagging: Reader[] | undefined;
  /** The names of ephemeral events that were not written, each with its reader. */
  #dropped: [Reader, string][] | undefined;

  constructor(subscribers: Subscribers<Reader>) {
    this.#subscribers = subscribers;
  }

  /**
   * Writes the batch, and reports in a turn of its own what was not written.
   *
   * @param served the position up to which readers that fall behind have received everything.
   */
  push(batch: readonly Frame[], served: Position): void {
    if (batch.length === 1) this.#pushAlone(batch[0]!, served);
    else for (const reader of this.#route(batch)) this.#write(reader, reader.takeBundle()!, served);
    if (this.#lagging !== undefined || this.#dropped !== undefined) inOwnTurn(() => this.#notify());
  }

  /** Pushes the only frame of a batch: all readers receive the same. */
  #pushAlone(frame: Frame, served: Position): void {
    const { channels, except, position } = frame.event;
    const alone = new Bundle(frame);
    const readers = this.#subscribers.ofAny(channels);
    alone.readers = readers.size;
    for (const reader of readers) {
      if (reader.id === except) continue;
      if (reader.live) this.#write(reader, alone, served);
      else if (position === undefined) this.#drop(reader, frame.event);
    }
  }

  #write(reader: Reader, bundle: Bundle, served: Position): void {
    if (reader.push(bundle)) {
      this.events += bundle.length;
      this.connections += 1;
      this.bytes += bundle.byteLength;
      return;
    }
    reader.fallBehind(served);
    this.#lagging ??= [];
    this.#lagging.push(reader);
    for (const { event } of bundle.frames) if (event.position === undefined) this.#drop(reader, event);
  }

  #notify(): void {
    for (const reader of this.#lagging ?? []) reader.listener.lagging();
    for (const [reader, event] of this.#dropped ?? []) reader.listener.dropped(event);
  }

  /**
   * Assigns each frame to the live readers that it matches. Returns the readers that receive any.
   */
  #route(batch: readonly Frame[]): Reader[] {
    const reached: Reader[] = [];
    for (const frame of batch) {
      const { channels, except, position } = frame.event;
      const alone = new Bundle(frame);
      for (const reader of this.#subscribers.ofAny(channels)) {
        if (reader.id === except) continue;
        if (!reader.live) {
          if (position === undefined) this.#drop(reader, frame.event);
        } else if (reader.addFrame(frame, alone)) reached.push(reader);
      }
    }
    return reached;
  }

  #drop(reader: Reader, { event = "message" }: Frame["event"]): void {
    this.#dropped ??= [];
    this.#dropped.push([reader, event]);
  }
}
