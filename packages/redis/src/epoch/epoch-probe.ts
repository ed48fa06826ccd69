import type { EpochOffset, TimerHandle } from "@sse/hub/log";
import type { Link } from "../link.js";
import type { RedisLogClock } from "../options.js";

/**
 * Opens a connection from time to time and closes it again. Preparing a session compares the
 * epoch, so an instance finds a server that replaced another one behind its address, even while its
 * own connections still lead to the old one.
 */
export class EpochProbe {
  readonly #link: Link<EpochOffset>;
  readonly #clock: RedisLogClock;
  readonly #interval: number;
  #timer: TimerHandle | undefined;
  #closed = false;

  /**
   * @param link a link for this probe alone.
   * @param interval maximum milliseconds between two connections.
   */
  constructor(link: Link<EpochOffset>, clock: RedisLogClock, interval: number) {
    this.#link = link;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** Starts the probe, unless it is started already. */
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

  /**
   * A server that cannot be reached says nothing about the epoch: the connections in use report
   * their own errors.
   */
  async #probe(): Promise<void> {
    await this.#link.connected().catch(() => {});
    this.#link.drop();
    this.#timer = undefined;
    this.start();
  }
}
