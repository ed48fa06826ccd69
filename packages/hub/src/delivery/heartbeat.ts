import type { HubClock, TimerHandle } from "../clock.js";
import type { HeartbeatOptions } from "../options.js";
import type { Feed } from "./feed.js";
import { heartbeatFrame, idFrame } from "./frames.js";
import type { Reader } from "./reader.js";

/** One timer for all connections, which runs while there are some. */
export class Heartbeat {
  readonly #options: Required<HeartbeatOptions>;
  readonly #feed: Feed;
  readonly #readers: () => Iterable<Reader>;
  readonly #clock: HubClock;
  readonly #frame: Uint8Array;
  #timer: TimerHandle | undefined;

  /** @param readers everyone who is connected. */
  constructor(
    options: Required<HeartbeatOptions>,
    feed: Feed,
    readers: () => Iterable<Reader>,
    clock: HubClock,
  ) {
    this.#options = options;
    this.#feed = feed;
    this.#readers = readers;
    this.#clock = clock;
    this.#frame = heartbeatFrame(options);
  }

  /** Starts the timer if it is not running. */
  start(): void {
    if (this.#timer !== undefined || this.#options.interval === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#beat(), this.#options.interval);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    this.#timer = undefined;
    this.start();
    const head = this.#feed.servedThrough;
    const beat = {
      heartbeat: this.#frame,
      idFrame: idFrame(head),
      head,
      always: this.#options.kind === "event",
    };
    for (const reader of this.#readers()) reader.beat(beat);
  }
}
