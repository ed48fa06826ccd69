import { type Channel, everyone } from "../log/channel.js";
import type { WantedChannel } from "../log/event-log.js";
import type { EventWindow } from "./event-window.js";
import type { Subscribers } from "./subscribers.js";

/** Wants from the log what somebody here follows, and lets go of it when the last one has gone. What is everyone's is wanted throughout. */
export class Interest {
  readonly #want: (channel: Channel) => WantedChannel;
  readonly #subscribers: Subscribers<unknown>;
  readonly #window: EventWindow;
  readonly #wanted = new Map<Channel, WantedChannel>();
  readonly #everyone: WantedChannel;

  /** @param window is told from where on it has what is wanted. */
  constructor(
    want: (channel: Channel) => WantedChannel,
    subscribers: Subscribers<unknown>,
    window: EventWindow,
  ) {
    this.#want = want;
    this.#subscribers = subscribers;
    this.#window = window;
    this.#everyone = want(everyone);
  }

  /** Called in the turn in which somebody begins to follow, so that the channel counts from that place on or from an earlier one. */
  followersChanged(channel: Channel): void {
    const wanted = this.#wanted.get(channel);
    const followed = this.#subscribers.of(channel).size > 0;
    if (followed && wanted === undefined) this.#begin(channel);
    else if (!followed && wanted !== undefined) this.#end(channel, wanted);
  }

  /** From here on nothing is wanted, once nobody follows anything. */
  close(): void {
    this.#everyone.release();
  }

  #begin(channel: Channel): void {
    if (channel === everyone) return;
    const wanted = this.#want(channel);
    this.#wanted.set(channel, wanted);
    this.#window.begin(channel, wanted.since);
  }

  #end(channel: Channel, wanted: WantedChannel): void {
    this.#wanted.delete(channel);
    this.#window.end(channel);
    wanted.release();
  }
}
