import type { TimerHandle } from "@sse/hub";
import type { RedisLogClock } from "./clock.js";
import type { Link } from "./link.js";
import type { Place } from "./position.js";

/**
 * Opens a connection now and then and closes it again. Preparing a session compares the epoch, so that an instance whose own connections still lead
 * to a server that was replaced behind its address finds the new one.
 */
export class EpochProbe {
  readonly #link: Link<Place>;
  readonly #clock: RedisLogClock;
  readonly #interval: number;
  #timer: TimerHandle | undefined;
  #closed = false;

  /**
   * @param link a link for this alone.
   * @param interval maximum milliseconds between two connections.
   */
  constructor(link: Link<Place>, clock: RedisLogClock, interval: number) {
    this.#link = link;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** Begins, if it has not begun. */
  start(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const delay = this.#interval * (0.5 + this.#clock.random() / 2);
    this.#timer = this.#clock.setTimeout(() => void this.#probe(), delay);
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
    this.#link.close();
  }

  /** A server that cannot be reached says nothing about the epoch: the connections in use report their own errors. */
  async #probe(): Promise<void> {
    await this.#link.soon().catch(() => {});
    this.#link.drop();
    this.#timer = undefined;
    this.start();
  }
}
