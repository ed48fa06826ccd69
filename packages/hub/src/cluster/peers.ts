import { tooManyInstances } from "./errors.js";
import { Peer, type PeerListener } from "./peer.js";
import type { PresenceBudget } from "./presence-table.js";

/**
 * The maximum number of other instances. Each message with a new sender adds one until it times
 * out.
 */
const maxPeers = 1_000;

/** The maximum memory for the presence of all of them, in bytes. */
const maxPresenceBytes = 256 * 1024 * 1024;

/** Tracks the other instances of a hub, as far as they have sent messages lately. */
export class Peers {
  readonly #listener: PeerListener;
  readonly #budget: PresenceBudget;
  readonly #byId = new Map<string, Peer>();

  constructor(listener: PeerListener, maxBytes: number = maxPresenceBytes) {
    this.#listener = listener;
    this.#budget = { available: maxBytes };
  }

  get count(): number {
    return this.#byId.size;
  }

  get(id: string): Peer | undefined {
    return this.#byId.get(id);
  }

  /**
   * Returns the instance that sent a message.
   *
   * @throws {SseError} `overloaded` if there are too many.
   */
  receive(id: string): Peer {
    let peer = this.#byId.get(id);
    if (peer === undefined) {
      if (this.#byId.size >= maxPeers) throw tooManyInstances(maxPeers);
      peer = new Peer(this.#listener, this.#budget);
      this.#byId.set(id, peer);
    }
    peer.silentRounds = 0;
    return peer;
  }

  /** Counts their connections at a topic; under `undefined`, all of them. */
  connections(topic: string | undefined): number {
    let connections = 0;
    for (const peer of this.#byId.values()) connections += peer.connections(topic);
    return connections;
  }

  /** Yields the topics at which they have connections. */
  *topics(): Iterable<string | undefined> {
    for (const peer of this.#byId.values()) yield* peer.topics();
  }

  /**
   * Counts a round. Instances that have been silent for more than `maxSilentRounds` are forgotten.
   */
  tick(maxSilentRounds: number): void {
    for (const [id, peer] of [...this.#byId]) {
      peer.silentRounds += 1;
      if (peer.silentRounds > maxSilentRounds) this.forget(id);
    }
  }

  /** Returns the ids of those that are to send a snapshot in this round. */
  takeStaleIds(): string[] {
    return [...this.#byId].filter(([, peer]) => peer.takeSnapshotRequest()).map(([id]) => id);
  }

  /** Returns the id of the instance that sent a message last, or `undefined` if there is none. */
  latestId(): string | undefined {
    let latest: [string, Peer] | undefined;
    for (const entry of this.#byId)
      if (latest === undefined || entry[1].silentRounds < latest[1].silentRounds) latest = entry;
    return latest?.[0];
  }

  forget(id: string): void {
    const peer = this.#byId.get(id);
    this.#byId.delete(id);
    peer?.forget();
  }
}
