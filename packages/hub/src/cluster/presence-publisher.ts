import type { LocalPresence } from "../connection/local-presence.js";
import type { LeavingUser } from "../connection/presence.js";
import type { HashKey } from "./keyed-hash.js";
import type { BusMessage, PresenceChange } from "./messages.js";
import { chunkPresence } from "./presence-chunks.js";

/** The maximum number of changes that are collected one by one while the bus is down or slow. */
const maxPendingChanges = 100_000;

/**
 * Formats the presence of this instance as messages: the changes since the last time, or all of it.
 */
export class PresencePublisher {
  readonly #local: LocalPresence;
  /** Topics where something changed, with the users whose presence changed there. */
  #changed = new Map<string | undefined, Set<string>>();
  #pendingChanges = 0;
  #seq = 0;

  constructor(local: LocalPresence) {
    this.#local = local;
  }

  /** Records that the number of connections at a topic, or at the hub, changed. */
  connectionsChanged(topic: string | undefined): void {
    this.#changedUsers(topic);
  }

  /**
   * Records that a user's first connection at a topic, or at the hub, was opened, or the last one
   * ended.
   */
  userChanged(user: string, topic: string | undefined): void {
    this.#changedUsers(topic).add(user);
  }

  heartbeat(key: HashKey, hello = false): BusMessage {
    return { kind: "heartbeat", seq: this.#seq, hello, key };
  }

  /** Returns the changes since the last call. */
  takeDelta(): BusMessage[] {
    const changed = this.#changed;
    this.#changed = new Map();
    this.#pendingChanges = 0;
    const all = [...changed].map(([topic, users]) => this.#changeOf(topic, users));
    return chunkPresence(all).map((changes) => {
      this.#seq += 1;
      return { kind: "delta", seq: this.#seq, changes };
    });
  }

  /** Returns the whole presence. Requires a call of {@link takeDelta} before. */
  snapshot(): BusMessage[] {
    const local = this.#local;
    const all = [undefined, ...local.keys()].map((topic) => ({
      topic,
      connections: local.connections(topic),
      joined: [...local.users(topic)],
      left: [],
    }));
    const chunks = chunkPresence(all);
    return chunks.map((changes, part) => ({
      kind: "snapshot",
      seq: this.#seq,
      part,
      parts: chunks.length,
      changes,
    }));
  }

  /** Returns the messages that pass grace periods on to another instance. */
  handover(heir: string, leaving: readonly LeavingUser[]): BusMessage[] {
    const byTopic = new Map<string | undefined, string[]>();
    for (const { user, topic } of leaving) {
      const users = byTopic.get(topic);
      if (users === undefined) byTopic.set(topic, [user]);
      else users.push(user);
    }
    const all = [...byTopic].map(([topic, left]) => ({ topic, connections: 0, joined: [], left }));
    return chunkPresence(all).map((changes) => ({ kind: "handover", heir, changes }));
  }

  #changedUsers(topic: string | undefined): Set<string> {
    this.#pendingChanges += 1;
    if (this.#pendingChanges > maxPendingChanges) this.#skipSequence();
    const users = this.#changed.get(topic) ?? new Set();
    this.#changed.set(topic, users);
    return users;
  }

  /** Skips a sequence number, so that the other instances miss it and request a snapshot. */
  #skipSequence(): void {
    this.#changed.clear();
    this.#pendingChanges = 0;
    this.#seq += 1;
  }

  #changeOf(topic: string | undefined, users: ReadonlySet<string>): PresenceChange {
    const joined: string[] = [];
    const left: string[] = [];
    for (const user of users) (this.#local.isConnected(user, topic) ? joined : left).push(user);
    return { topic, connections: this.#local.connections(topic), joined, left };
  }
}
