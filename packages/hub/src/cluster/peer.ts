import type { PlaceChange, PresencePart } from "./messages.js";

/** Who is at a place of another instance. */
interface Place {
  connections: number;
  readonly users: Set<string>;
}

type Places = Map<string | undefined, Place>;

/** Whom a peer tells that its users come and go, place by place. */
export interface PeerListener {
  addRemote(user: string, topic: string | undefined): void;
  removeRemote(user: string, topic: string | undefined): void;
}

/** How many rounds an instance is given to tell its whole presence before it is asked again. */
const patience = 3;

/**
 * What is known of another instance. It begins as every instance does: change number 0, nobody there. As long as its changes come without a hole
 * they are applied; after a hole only its whole presence helps.
 */
export class Peer {
  readonly #listener: PeerListener;
  #places: Places = new Map();
  /** The number of the last change that is known. */
  #seq = 0;
  /** Whether there are changes that did not come. */
  #lacking = false;
  /** Rounds to wait before asking again. */
  #waiting = 0;
  /** The parts of a whole presence that have come so far. */
  #arriving: { readonly seq: number; next: number; readonly places: Places } | undefined;
  /** Rounds since it was heard last. */
  silence = 0;

  constructor(listener: PeerListener) {
    this.#listener = listener;
  }

  topics(): Iterable<string | undefined> {
    return this.#places.keys();
  }

  connections(topic: string | undefined): number {
    return this.#places.get(topic)?.connections ?? 0;
  }

  /** It has told of so many changes. */
  beat(seq: number): void {
    if (seq > this.#seq) this.#lacking = true;
  }

  changes(seq: number, changes: readonly PlaceChange[]): void {
    if (seq <= this.#seq) return;
    if (this.#lacking || seq > this.#seq + 1) {
      this.#lacking = true;
      return;
    }
    this.#seq = seq;
    for (const change of changes) this.#enter(change);
    // Topics before the hub, as where the users are connected.
    for (const change of [...changes].reverse()) this.#exit(change);
  }

  /** A part of its whole presence. It counts once all parts have come, one after the other. */
  state({ seq, part, parts, places: changes }: PresencePart): void {
    if (seq <= this.#seq) return;
    if (part === 0) this.#arriving = { seq, next: 0, places: new Map() };
    const arriving = this.#arriving;
    if (arriving === undefined || arriving.seq !== seq || arriving.next !== part) {
      this.#arriving = undefined;
      this.#lacking = true;
      return;
    }
    arriving.next += 1;
    this.#waiting = patience;
    for (const { topic, connections, joined } of changes) {
      const place = placeIn(arriving.places, topic);
      place.connections = connections;
      for (const user of joined) place.users.add(user);
    }
    if (arriving.next === parts) this.#replace(seq, arriving.places);
  }

  /** Whether it must be asked for its whole presence in this round. */
  mustBeAsked(): boolean {
    if (!this.#lacking) return false;
    this.#waiting -= 1;
    if (this.#waiting >= 0) return false;
    this.#waiting = patience;
    return true;
  }

  /** It is gone, with everybody on it. */
  forget(): void {
    this.#replace(this.#seq, new Map());
  }

  #replace(seq: number, places: Places): void {
    const before = this.#places;
    this.#seq = seq;
    this.#places = places;
    this.#lacking = false;
    this.#waiting = 0;
    this.#arriving = undefined;
    for (const [user, topic] of usersOf(places))
      if (!before.get(topic)?.users.has(user)) this.#listener.addRemote(user, topic);
    for (const [user, topic] of usersOf(before).reverse())
      if (!places.get(topic)?.users.has(user)) this.#listener.removeRemote(user, topic);
  }

  #enter({ topic, connections, joined }: PlaceChange): void {
    const place = placeIn(this.#places, topic);
    place.connections = connections;
    for (const user of joined) {
      if (place.users.has(user)) continue;
      place.users.add(user);
      this.#listener.addRemote(user, topic);
    }
  }

  #exit({ topic, left }: PlaceChange): void {
    const place = placeIn(this.#places, topic);
    for (const user of left) if (place.users.delete(user)) this.#listener.removeRemote(user, topic);
    if (place.connections === 0 && place.users.size === 0) this.#places.delete(topic);
  }
}

function placeIn(places: Places, topic: string | undefined): Place {
  const place = places.get(topic) ?? { connections: 0, users: new Set() };
  places.set(topic, place);
  return place;
}

function usersOf(places: Places): [user: string, topic: string | undefined][] {
  return [...places].flatMap(([topic, { users }]) =>
    [...users].map((user): [string, string | undefined] => [user, topic]),
  );
}
