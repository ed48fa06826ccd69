import type { Subscribers } from "../delivery/subscribers.js";
import { everyone, topicChannel, topicOf } from "../log/channel.js";
import type { Presence } from "./presence.js";

/** Who is connected to this instance at this moment. A place is a topic, or under `undefined` the hub. */
export class OwnPresence {
  readonly #subscribers: Subscribers<unknown>;
  readonly #presence: Presence;

  constructor(subscribers: Subscribers<unknown>, presence: Presence) {
    this.#subscribers = subscribers;
    this.#presence = presence;
  }

  /** The topics that somebody follows. */
  *topics(): Iterable<string> {
    for (const channel of this.#subscribers.channels()) {
      const topic = topicOf(channel);
      if (topic !== undefined) yield topic;
    }
  }

  /** How many connections there are. */
  connections(topic: string | undefined): number {
    return this.#subscribers.of(topic === undefined ? everyone : topicChannel(topic)).size;
  }

  /** The users who have a connection. */
  users(topic: string | undefined): Iterable<string> {
    return this.#presence.connected(topic);
  }

  isConnected(user: string, topic: string | undefined): boolean {
    return this.#presence.isConnected(user, topic);
  }
}
