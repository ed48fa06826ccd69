import type { Subscribers } from "../delivery/subscribers.js";
import { everyone, topicChannel, topicOf } from "../log/channel.js";
import type { Presence } from "./presence.js";

/**
 * Answers who is connected to this instance at this moment: at a topic, or under `undefined` at the
 * hub.
 */
export class LocalPresence {
  readonly #subscribers: Subscribers<unknown>;
  readonly #presence: Presence;

  constructor(subscribers: Subscribers<unknown>, presence: Presence) {
    this.#subscribers = subscribers;
    this.#presence = presence;
  }

  /** Returns the topics that have followers. */
  *topics(): Iterable<string> {
    for (const channel of this.#subscribers.channels()) {
      const topic = topicOf(channel);
      if (topic !== undefined) yield topic;
    }
  }

  /** Returns the number of connections. */
  connections(topic: string | undefined): number {
    return this.#subscribers.of(topic === undefined ? everyone : topicChannel(topic)).size;
  }

  /** Returns the users with a connection. */
  users(topic: string | undefined): Iterable<string> {
    return this.#presence.connected(topic);
  }

  isConnected(user: string, topic: string | undefined): boolean {
    return this.#presence.isConnected(user, topic);
  }
}
