import { type HubClock, jitter } from "./clock.js";
import { Sleep } from "./sleep.js";

/**
 * The minimum time in milliseconds between two steps of a drain. With many connections a step ends
 * several.
 */
const minStep = 10;

/** Options of {@link Hub.close}. */
export interface CloseOptions {
  /**
   * Milliseconds over which the connections are ended, one after the other, so that their clients
   * do not reconnect all at once. Default 0.
   */
  drain?: number | undefined;
}

/** A connection that can be drained. */
export interface DrainedConnection {
  /** Resolves once the transport has closed. */
  readonly done: Promise<void>;
  /** Ends the connection, and sends the client a reconnection time. */
  drain(retry: number): void;
}

/**
 * Ends the connections of a hub one after the other, so that their clients do not reconnect all at
 * once.
 */
export class Drain {
  readonly #clock: HubClock;
  readonly #retry: number;
  #started = false;
  #duration = 0;
  #endsAt = 0;

  /**
   * @param retry reconnection time of the clients in milliseconds, to which up to a half is added.
   */
  constructor(clock: HubClock, retry: number) {
    this.#clock = clock;
    this.#retry = retry;
  }

  /** Whether the hub is closing. */
  get started(): boolean {
    return this.#started;
  }

  /** Milliseconds until the drain is over; 0 before it has started. */
  get remaining(): number {
    return Math.max(0, this.#endsAt - this.#clock.monotonic());
  }

  /** Starts the time in which the connections end. */
  start(duration: number): void {
    this.#started = true;
    this.#duration = duration;
    this.#endsAt = this.#clock.monotonic() + duration;
  }

  /** Ends the connections over the time of the drain, and resolves once all have closed. */
  async run(connections: readonly DrainedConnection[]): Promise<void> {
    const allClosed = Promise.all(connections.map(({ done }) => done));
    const sleep = new Sleep(this.#clock);
    for (let ended = 0; ended < connections.length; ) {
      const step = Math.min(Math.max(this.#duration / connections.length, minStep), this.remaining);
      // No longer than until all clients have left.
      if (this.#duration > 0 && !(await sleep.orUntil(allClosed, step))) break;
      const due = this.#dueOf(connections.length);
      for (; ended < due; ended += 1) connections[ended]?.drain(jitter(this.#clock, this.#retry));
    }
    await allClosed;
  }

  /** Returns how many of so many connections must have been ended by now. */
  #dueOf(count: number): number {
    return this.#duration === 0 ? count : Math.ceil(count * (1 - this.remaining / this.#duration));
  }
}
