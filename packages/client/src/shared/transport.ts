import type { Receiver, Transport } from "../transport/transport.js";
import { createFollower } from "./follower.js";
import { createHistory } from "./history.js";
import { Leader } from "./leader.js";
import type { Message } from "./messages.js";
import { Replica } from "./replica.js";

/** The parts of a browser with which tabs find each other. */
export interface TabPlatform {
  /**
   * The tab that holds the lock of a name leads. A browser passes the lock on when that tab is
   * gone.
   */
  readonly locks: Pick<LockManager, "request">;
  /** Carries messages between tabs. */
  readonly BroadcastChannel: typeof BroadcastChannel;
}

/**
 * A transport for all tabs of an origin that use the same name. One of them, the leader, holds the
 * connection and sends the others every event. Each tab keeps the last steps of the stream, so that
 * the next leader resumes where the last one stopped; and each step names the id before it, so that
 * a tab receives each event once, and notices a missing one.
 *
 * Tabs do not wait for each other: events that a tab has not yet processed wait in that tab.
 */
export class SharedTransport implements Transport {
  readonly #name: string;
  readonly #receiver: Receiver;
  readonly #createOwn: (receiver: Receiver) => Transport;
  readonly #platform: TabPlatform;
  readonly #self = `${Math.random()}`;
  readonly #history = createHistory();
  #wake: () => void = () => {};

  /** @param createOwn creates the connection, should this tab become the leader. */
  constructor(
    name: string,
    receiver: Receiver,
    createOwn: (receiver: Receiver) => Transport,
    platform: TabPlatform,
  ) {
    this.#name = name;
    this.#receiver = receiver;
    this.#createOwn = createOwn;
    this.#platform = platform;
  }

  start(signal: AbortSignal): void {
    void this.#join(signal);
  }

  wake(): void {
    this.#wake();
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { locks, BroadcastChannel } = this.#platform;
    const resumeFrom = await this.#receiver.resumeFrom();
    if (signal.aborted) return;
    const replica = new Replica(this.#receiver, resumeFrom, this.#history, signal);
    const channel = new BroadcastChannel(this.#name);
    const post = (message: Message) => channel.postMessage(message);
    const follower = createFollower(replica, this.#self, post);
    let leader: Leader | undefined;
    const left = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        channel.close();
        resolve();
      });
    });
    this.#wake = () => (leader ? leader.transport.wake() : post({ wake: true }));
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (!("to" in data) || data.to === this.#self) (leader ?? follower).receive(data);
    };
    follower.join();
    const lead = () => {
      leader = new Leader(replica, this.#receiver, this.#createOwn, post);
      leader.transport.start(signal);
      return left;
    };
    // It rejects when this tab leaves before it becomes the leader.
    await locks.request(this.#name, { signal }, lead).catch(() => {});
  }
}
