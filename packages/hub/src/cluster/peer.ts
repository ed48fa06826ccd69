import { isIssuedWith } from "./connection-id.js";
import type { HashKey } from "./keyed-hash.js";
import type { PresenceChange, SnapshotPart } from "./messages.js";
import { type PresenceBudget, PresenceTable } from "./presence-table.js";

/** Receives the users of a peer, topic by topic. */
export interface PeerListener {
  addRemote(user: string, topic: string | undefined): void;
  removeRemote(user: string, topic: string | undefined): void;
  /**
   * Takes over the grace period of a user whose last connection was to an instance that has closed.
   */
  adoptLeaving(user: string, topic: string | undefined): void;
}

/** Rounds that an instance has to send its snapshot before it is requested again. */
const snapshotTimeoutRounds = 3;

/**
 * Tracks the presence of another instance. Every instance starts with sequence number 0 and no
 * users. Deltas are applied as long as their numbers have no gap; after a gap only a snapshot
 * helps.
 */
export class Peer {
  readonly #listener: PeerListener;
  readonly #budget: PresenceBudget;
  #presence: PresenceTable;
  /** The number of the last delta that is known. */
  #seq = 0;
  /** Whether deltas are missing. */
  #outOfSync = false;
  /** Rounds before a snapshot is requested again. */
  #roundsToWait = 0;
  /** The parts of a snapshot that have been received so far. */
  #incomingSnapshot: { readonly seq: number; nextPart: number; readonly presence: PresenceTable } | undefined;
  /** The key of the ids that it issues. Unknown until its first heartbeat. */
  #key: HashKey | undefined;
  /** Rounds since the last message. */
  silentRounds = 0;

  constructor(listener: PeerListener, budget: PresenceBudget) {
    this.#listener = listener;
    this.#budget = budget;
    this.#presence = new PresenceTable(budget);
  }

  topics(): Iterable<string | undefined> {
    return this.#presence.topics();
  }

  connections(topic: string | undefined): number {
    return this.#presence.connections(topic);
  }

  /** Whether the instance may have issued the id of a connection. */
  mayHaveIssued(connection: string): boolean {
    return this.#key === undefined || isIssuedWith(this.#key, connection);
  }

  /** Receives the number of deltas that the instance has sent, and the key of its ids. */
  receiveHeartbeat(seq: number, key: HashKey): void {
    this.#key = key;
    if (seq > this.#seq) this.#outOfSync = true;
  }

  /** @throws {SseError} `overloaded` if the presence of all instances takes too much memory. */
  receiveDelta(seq: number, changes: readonly PresenceChange[]): void {
    if (seq <= this.#seq) return;
    if (this.#outOfSync || seq > this.#seq + 1) {
      this.#outOfSync = true;
      return;
    }
    this.#outOfSync = true;
    this.#presence.requireBudget(changes);
    this.#outOfSync = false;
    this.#seq = seq;
    for (const change of changes) this.#applyJoined(change);
    // Topics before the hub, in the order in which a connection leaves them.
    for (const change of [...changes].reverse()) this.#applyLeft(change);
  }

  /**
   * Receives a part of a snapshot, which is applied once all parts have been received in order.
   *
   * @throws {SseError} `overloaded` as {@link receiveDelta}.
   */
  receiveSnapshot({ seq, part, parts, changes }: SnapshotPart): void {
    if (seq <= this.#seq) return;
    if (part === 0) this.#startSnapshot(seq);
    const incoming = this.#incomingSnapshot;
    if (incoming === undefined || incoming.seq !== seq || incoming.nextPart !== part) {
      this.#dropSnapshot();
      return;
    }
    try {
      incoming.presence.requireBudget(changes);
    } catch (error) {
      this.#dropSnapshot();
      throw error;
    }
    incoming.nextPart += 1;
    this.#roundsToWait = snapshotTimeoutRounds;
    for (const { topic, connections, joined } of changes) {
      incoming.presence.setConnections(topic, connections);
      for (const user of joined) incoming.presence.add(user, topic);
    }
    if (incoming.nextPart === parts) this.#replace(seq, incoming.presence);
  }

  /** Returns whether a snapshot must be requested in this round. */
  takeSnapshotRequest(): boolean {
    if (!this.#outOfSync) return false;
    this.#roundsToWait -= 1;
    if (this.#roundsToWait >= 0) return false;
    this.#roundsToWait = snapshotTimeoutRounds;
    return true;
  }

  /** Removes all users. Called when the instance has closed or has been silent for too long. */
  forget(): void {
    this.#incomingSnapshot?.presence.clear();
    this.#replace(this.#seq, new PresenceTable(this.#budget));
  }

  #startSnapshot(seq: number): void {
    this.#incomingSnapshot?.presence.clear();
    this.#incomingSnapshot = { seq, nextPart: 0, presence: new PresenceTable(this.#budget) };
  }

  #dropSnapshot(): void {
    this.#incomingSnapshot?.presence.clear();
    this.#incomingSnapshot = undefined;
    this.#outOfSync = true;
  }

  #replace(seq: number, presence: PresenceTable): void {
    const before = this.#presence;
    this.#seq = seq;
    this.#presence = presence;
    this.#outOfSync = false;
    this.#roundsToWait = 0;
    this.#incomingSnapshot = undefined;
    for (const [user, topic] of presence.users())
      if (!before.has(user, topic)) this.#listener.addRemote(user, topic);
    for (const [user, topic] of before.users().reverse())
      if (!presence.has(user, topic)) this.#listener.removeRemote(user, topic);
    before.clear();
  }

  #applyJoined({ topic, connections, joined }: PresenceChange): void {
    this.#presence.setConnections(topic, connections);
    for (const user of joined) if (this.#presence.add(user, topic)) this.#listener.addRemote(user, topic);
  }

  #applyLeft({ topic, left }: PresenceChange): void {
    for (const user of left) if (this.#presence.remove(user, topic)) this.#listener.removeRemote(user, topic);
    this.#presence.prune(topic);
  }
}
