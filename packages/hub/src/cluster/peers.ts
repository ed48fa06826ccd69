import { Peer, type PeerListener } from "./peer.js";

/** The other instances of a hub, as far as they have been heard of lately. */
export class Peers {
  readonly #listener: PeerListener;
  readonly #byId = new Map<string, Peer>();

  constructor(listener: PeerListener) {
    this.#listener = listener;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** An instance that has just said something. */
  heard(id: string): Peer {
    const peer = this.#byId.get(id) ?? new Peer(this.#listener);
    this.#byId.set(id, peer);
    peer.silence = 0;
    return peer;
  }

  /** How many connections they have at a topic; under `undefined`, in all. */
  connections(topic: string | undefined): number {
    let connections = 0;
    for (const peer of this.#byId.values()) connections += peer.connections(topic);
    return connections;
  }

  /** Where they have connections. */
  *topics(): Iterable<string | undefined> {
    for (const peer of this.#byId.values()) yield* peer.topics();
  }

  /** A round has passed. Those that have been silent for more than `most` rounds are forgotten with everybody on them. */
  age(most: number): void {
    for (const [id, peer] of [...this.#byId]) {
      peer.silence += 1;
      if (peer.silence > most) this.forget(id);
    }
  }

  /** Those that must be asked for their whole presence in this round. */
  toAsk(): string[] {
    return [...this.#byId].filter(([, peer]) => peer.mustBeAsked()).map(([id]) => id);
  }

  forget(id: string): void {
    const peer = this.#byId.get(id);
    this.#byId.delete(id);
    peer?.forget();
  }
}
