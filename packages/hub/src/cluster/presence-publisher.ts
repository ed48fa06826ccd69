import type { LocalPresence } from "../connection/local-presence.js";
import type { BusMessage, PlaceChange } from "./messages.js";
import { inParts } from "./presence-chunks.js";

/** Most changes that are noted one by one while nothing can be told, because the bus is away or slow. */
const mostNoted = 100_000;

/** Puts this instance's presence into words: what has changed since the last time, or everything. */
export class Announcer {
  readonly #own: LocalPresence;
  /** Places where something changed, with the users who came or went there. */
  #changed = new Map<string | undefined, Set<string>>();
  /** How many changes were noted since the last time. */
  #noted = 0;
  #seq = 0;

  constructor(own: LocalPresence) {
    this.#own = own;
  }

  /** The number of connections at a place changed. */
  placeChanged(topic: string | undefined): void {
    this.#note(topic);
  }

  /** A user's first connection at a place came, or the last one went. */
  userChanged(user: string, topic: string | undefined): void {
    this.#note(topic).add(user);
  }

  beat(hello = false): BusMessage {
    return { kind: "beat", seq: this.#seq, hello };
  }

  /** What has changed since the last call. */
  changes(): BusMessage[] {
    const changed = this.#changed;
    this.#changed = new Map();
    this.#noted = 0;
    const places = [...changed].map(([topic, users]) => this.#changeOf(topic, users));
    return inParts(places).map((part) => {
      this.#seq += 1;
      return { kind: "changes", seq: this.#seq, places: part };
    });
  }

  /** Everything. What has changed must have been told before. */
  state(): BusMessage[] {
    const own = this.#own;
    const places = [undefined, ...own.topics()].map((topic) => ({
      topic,
      connections: own.connections(topic),
      joined: [...own.users(topic)],
      left: [],
    }));
    const parts = inParts(places);
    return parts.map((part, i) => ({
      kind: "state",
      seq: this.#seq,
      part: i,
      parts: parts.length,
      places: part,
    }));
  }

  #note(topic: string | undefined): Set<string> {
    this.#noted += 1;
    if (this.#noted > mostNoted) this.#leaveHole();
    const users = this.#changed.get(topic) ?? new Set();
    this.#changed.set(topic, users);
    return users;
  }

  /** A number that is never told: the others miss it, and ask for everything. */
  #leaveHole(): void {
    this.#changed.clear();
    this.#noted = 0;
    this.#seq += 1;
  }

  #changeOf(topic: string | undefined, users: ReadonlySet<string>): PlaceChange {
    const joined: string[] = [];
    const left: string[] = [];
    for (const user of users) (this.#own.isConnected(user, topic) ? joined : left).push(user);
    return { topic, connections: this.#own.connections(topic), joined, left };
  }
}
