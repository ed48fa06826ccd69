import type { Subscribers } from "../delivery/subscribers.js";
import { runOf, topicOf } from "../log/channel.js";
import type { Presence } from "./presence.js";
import { channelOfKey, type PresenceKey, runKey } from "./presence-key.js";

/**
 * Answers who is connected to this instance at this moment: at a topic, or under `undefined` at the
 * hub.
 */
export class LocalPresence {
  readonly #subscribers: Subscribers<unknown>;
  readonly #runReaders: Subscribers<unknown>;
  readonly #presence: Presence;

  constructor(subscribers: Subscribers<unknown>, runReaders: Subscribers<unknown>, presence: Presence) {
    this.#subscribers = subscribers;
    this.#runReaders = runReaders;
    this.#presence = presence;
  }

  /** Returns the topics that have followers. */
  *topics(): Iterable<string> {
    for (const channel of this.#subscribers.channels()) {
      const topic = topicOf(channel);
      if (topic !== undefined) yield topic;
    }
  }

  /** Returns the places that have connections, but the hub itself. */
  *keys(): Iterable<string> {
    yield* this.topics();
    for (const channel of this.#runReaders.channels()) {
      const run = runOf(channel);
      if (run !== undefined) yield runKey(run);
    }
  }

  /** Returns the number of connections. */
  connections(key: PresenceKey): number {
    const channel = channelOfKey(key);
    return this.#subscribers.of(channel).size + this.#runReaders.of(channel).size;
  }

  /** Returns the users with a connection. */
  users(topic: string | undefined): Iterable<string> {
    return this.#presence.connected(topic);
  }

  isConnected(user: string, topic: string | undefined): boolean {
    return this.#presence.isConnected(user, topic);
  }
}
