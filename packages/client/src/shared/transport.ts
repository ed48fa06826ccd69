import { systemClock } from "../clock.js";
import type { EventSourceOptions } from "../options.js";
import type { Receiver, Transport } from "../transport/transport.js";
import { createHistory } from "./history.js";
import { Replica } from "./replica.js";
import { Tab, type TabOptions, type TabPlatform } from "./tab.js";

/**
 * A transport for all tabs of an origin that use the same name. One of them, the leader, holds the
 * connection and sends the others every event. Each tab keeps the last steps of the stream, so that
 * the next leader resumes where the last one stopped; and each step names the id before it, so that
 * a tab receives each event once, and notices a missing one.
 *
 * Tabs do not wait for each other: events that a tab has not yet processed wait in that tab.
 */
export class SharedTransport implements Transport {
  readonly #options: Omit<TabOptions, "replica">;
  readonly #history = createHistory();
  /** The tab, or the connection of a page that may not send messages to others. */
  #joined: Pick<Transport, "wake"> | undefined;

  /** @param createOwn creates the connection, should this tab become the leader. */
  constructor(
    name: string,
    receiver: Receiver,
    createOwn: (receiver: Receiver) => Transport,
    platform: TabPlatform,
    { clock = systemClock, idleTimeout }: EventSourceOptions,
  ) {
    this.#options = { name, receiver, createOwn, platform, clock, idleTimeout };
  }

  start(signal: AbortSignal): void {
    void this.#join(signal);
  }

  wake(): void {
    this.#joined?.wake();
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { receiver, createOwn } = this.#options;
    const resumeFrom = await receiver.resumePoint.resumeFrom();
    if (signal.aborted) return;
    const replica = new Replica(receiver, resumeFrom, this.#history, signal);
    const tab = this.#openTab(replica, signal);
    if (tab === undefined) {
      const own = createOwn(receiver);
      this.#joined = own;
      own.start(signal);
      return;
    }
    this.#joined = tab;
    await tab.run();
  }

  /** Returns `undefined` where a page may open no channel, as with blocked cookies. */
  #openTab(replica: Replica, signal: AbortSignal): Tab | undefined {
    try {
      return new Tab({ ...this.#options, replica }, signal);
    } catch {
      return undefined;
    }
  }
}
