import { encodeUtf8 } from "@sse/core/internal";
import type { HubClock, TimerHandle } from "../clock.js";
import type { HeartbeatOptions, Resolved } from "../options.js";
import type { Feed } from "./feed.js";
import { heartbeatFrame, idFrame } from "./frames.js";
import type { Reader } from "./reader.js";

/** Sends heartbeats to all readers with one timer, which runs while there are connections. */
export class Heartbeat {
  readonly #options: Resolved<HeartbeatOptions>;
  readonly #feed: Pick<Feed, "servedThrough">;
  readonly #readers: () => Iterable<Reader>;
  readonly #clock: HubClock;
  readonly #frame: Uint8Array;
  readonly #comment: Uint8Array;
  #timer: TimerHandle | undefined;

  /** @param readers returns the readers of all connections. */
  constructor(
    options: Resolved<HeartbeatOptions>,
    feed: Pick<Feed, "servedThrough">,
    readers: () => Iterable<Reader>,
    clock: HubClock,
  ) {
    this.#options = options;
    this.#feed = feed;
    this.#readers = readers;
    this.#clock = clock;
    this.#frame = heartbeatFrame(options);
    this.#comment = heartbeatFrame({ ...options, kind: "comment" });
  }

  /** Starts the timer if it is not running. */
  start(): void {
    if (this.#timer !== undefined || this.#options.interval === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#send(), this.#options.interval);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #send(): void {
    this.#timer = undefined;
    this.start();
    const head = this.#feed.servedThrough;
    const tick = {
      heartbeat: this.#frame,
      comment: this.#comment,
      idFrame: encodeUtf8(idFrame(head)),
      head,
      always: this.#options.kind === "event",
    };
    for (const reader of this.#readers()) reader.heartbeat(tick);
  }
}
