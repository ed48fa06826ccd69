import type { HubClock, TimerHandle } from "../clock.js";
import { presenceTooLarge } from "../errors.js";

/** The connections of one user, at the hub or at one topic. */
interface PresenceEntry {
  /** Connections to this instance. */
  here: number;
  /** Other instances on which the user has connections. */
  elsewhere: number;
  /** Whether the connection that ended last was one to this instance. */
  lastWasHere: boolean;
  /** Runs from the end of the last connection until `leave` is reported. */
  leaving: TimerHandle | undefined;
  /** The memory of a grace period that another instance passed on; 0: none. */
  adoptedBytes: number;
}

/** The maximum memory for the grace periods that other instances pass on, in bytes. */
const maxAdoptedBytes = 64 * 1024 * 1024;

/** Bytes of an entry and its timer in memory without its names, roughly. */
const entryOverhead = 512;

/** A user in the grace period at the hub, or at a topic. */
export interface LeavingUser {
  readonly user: string;
  readonly topic: string | undefined;
}

/** Receives the changes of presence. */
export interface PresenceListener {
  /** @param local whether a connection to this instance is the cause. */
  join(user: string, topic: string | undefined, local: boolean): void;
  /** @param local whether the last connection was one to this instance. */
  leave(user: string, topic: string | undefined, local: boolean): void;
  /** The user's first connection to this instance was opened, or the last one ended. */
  changedHere(user: string, topic: string | undefined): void;
}

const noListener: PresenceListener = { join: () => {}, leave: () => {}, changedHere: () => {} };

/**
 * Counts the connections of users on all instances, at the hub and at each topic: several tabs are
 * one user. A user stays present for a grace period after the last connection has ended.
 */
// Over 25 members: its counts, timers and listener change together, in one turn.
export class Presence {
  readonly #grace: number;
  readonly #clock: HubClock;
  /** Users by topic; under `undefined`, users of the hub. */
  readonly #present = new Map<string | undefined, Map<string, PresenceEntry>>();
  readonly #maxAdoptedBytes: number;
  #adoptedBytes = 0;
  #listener = noListener;

  constructor(grace: number, clock: HubClock, maxBytes: number = maxAdoptedBytes) {
    this.#grace = grace;
    this.#clock = clock;
    this.#maxAdoptedBytes = maxBytes;
  }

  /** Sets the one listener. */
  listen(listener: PresenceListener): void {
    this.#listener = listener;
  }

  /** Counts a connection to this instance. */
  enter(user: string, topic?: string): void {
    const entry = this.#entry(user, topic);
    entry.here += 1;
    if (entry.here === 1) this.#listener.changedHere(user, topic);
    this.#entered(entry, user, topic, true);
  }

  /** Counts the end of a connection to this instance. */
  exit(user: string, topic?: string): void {
    const entry = this.#present.get(topic)?.get(user);
    if (entry === undefined) return;
    entry.here -= 1;
    if (entry.here > 0) return;
    this.#listener.changedHere(user, topic);
    this.#exited(entry, user, topic, true);
  }

  /** Counts another instance on which the user has connections. */
  addRemote(user: string, topic: string | undefined): void {
    const entry = this.#entry(user, topic);
    entry.elsewhere += 1;
    this.#entered(entry, user, topic, false);
  }

  /** Counts another instance on which the user has no connection any more. */
  removeRemote(user: string, topic: string | undefined): void {
    const entry = this.#present.get(topic)?.get(user);
    if (entry === undefined) return;
    entry.elsewhere -= 1;
    this.#exited(entry, user, topic, false);
  }

  users(topic?: string): string[] {
    return [...(this.#present.get(topic)?.keys() ?? [])];
  }

  has(user: string): boolean {
    return this.#present.get(undefined)?.has(user) ?? false;
  }

  /** Returns the users with a connection to this instance, or in the grace period after one. */
  usersHere(topic?: string): string[] {
    return [...(this.#present.get(topic) ?? [])].filter(([, own]) => isHere(own)).map(([user]) => user);
  }

  hasHere(user: string): boolean {
    const entry = this.#present.get(undefined)?.get(user);
    return entry !== undefined && isHere(entry);
  }

  /** Returns the users with a connection to this instance at this moment. */
  *connected(topic: string | undefined): Iterable<string> {
    for (const [user, { here }] of this.#present.get(topic) ?? []) if (here > 0) yield user;
  }

  isConnected(user: string, topic: string | undefined): boolean {
    return (this.#present.get(topic)?.get(user)?.here ?? 0) > 0;
  }

  /** The number of users of this instance, as {@link usersHere}. */
  get countHere(): number {
    let count = 0;
    for (const entry of this.#present.get(undefined)?.values() ?? []) if (isHere(entry)) count += 1;
    return count;
  }

  /**
   * Reports `leave` at once for all users in the grace period, and stops all timers. Users on other
   * instances have not left; they are forgotten.
   */
  close(): void {
    for (const [topic, users] of [...this.#present]) {
      for (const [user, entry] of [...users]) {
        if (entry.here > 0) continue;
        if (entry.leaving === undefined) this.#remove(user, topic);
        else {
          this.#cancelLeave(entry);
          this.#leave(user, topic);
        }
      }
    }
  }

  /**
   * Stops all timers without reporting anything, and forgets all users.
   *
   * @returns the users of this instance who were in the grace period.
   */
  takeLeaving(): LeavingUser[] {
    const taken: LeavingUser[] = [];
    for (const [topic, users] of this.#present) {
      for (const [user, entry] of users) {
        if (entry.leaving !== undefined && entry.lastWasHere) taken.push({ user, topic });
        this.#cancelLeave(entry);
      }
    }
    this.#present.clear();
    return taken;
  }

  /**
   * Takes over the grace period of a user whose last connection was to an instance that has closed:
   * `leave` is reported as local, unless the user has a connection by then.
   *
   * @throws {SseError} `overloaded` if too many are passed on at a time.
   */
  adoptLeaving(user: string, topic: string | undefined): void {
    const known = this.#present.get(topic)?.get(user);
    if (known === undefined) {
      const bytes = entryOverhead + 2 * (user.length + (topic?.length ?? 0));
      if (this.#adoptedBytes + bytes > this.#maxAdoptedBytes) throw presenceTooLarge();
      this.#adoptedBytes += bytes;
      this.#entry(user, topic).adoptedBytes = bytes;
      this.#listener.join(user, topic, false);
    } else if (known.here > 0 || known.elsewhere > 0) return;
    const entry = this.#entry(user, topic);
    entry.lastWasHere = true;
    entry.leaving ??= this.#clock.setTimeout(() => this.#leave(user, topic), this.#grace);
  }

  #entry(user: string, topic: string | undefined): PresenceEntry {
    const users = this.#present.get(topic) ?? new Map<string, PresenceEntry>();
    this.#present.set(topic, users);
    const entry = users.get(user) ?? {
      here: 0,
      elsewhere: 0,
      lastWasHere: false,
      leaving: undefined,
      adoptedBytes: 0,
    };
    users.set(user, entry);
    return entry;
  }

  #entered(entry: PresenceEntry, user: string, topic: string | undefined, local: boolean): void {
    const isFirst = entry.here + entry.elsewhere === 1 && entry.leaving === undefined;
    if (isFirst) this.#listener.join(user, topic, local);
    else this.#cancelLeave(entry);
  }

  #exited(entry: PresenceEntry, user: string, topic: string | undefined, local: boolean): void {
    if (entry.here > 0 || entry.elsewhere > 0) return;
    entry.lastWasHere = local;
    if (this.#grace === 0) this.#leave(user, topic);
    else entry.leaving = this.#clock.setTimeout(() => this.#leave(user, topic), this.#grace);
  }

  #cancelLeave(entry: PresenceEntry): void {
    if (entry.leaving === undefined) return;
    this.#clock.clearTimeout(entry.leaving);
    entry.leaving = undefined;
    this.#releaseAdopted(entry);
  }

  #releaseAdopted(entry: PresenceEntry): void {
    this.#adoptedBytes -= entry.adoptedBytes;
    entry.adoptedBytes = 0;
  }

  #leave(user: string, topic: string | undefined): void {
    const local = this.#present.get(topic)?.get(user)?.lastWasHere ?? false;
    this.#remove(user, topic);
    this.#listener.leave(user, topic, local);
  }

  #remove(user: string, topic: string | undefined): void {
    const users = this.#present.get(topic);
    const entry = users?.get(user);
    if (entry !== undefined) this.#releaseAdopted(entry);
    users?.delete(user);
    if (users?.size === 0) this.#present.delete(topic);
  }
}

function isHere({ here, leaving, lastWasHere }: PresenceEntry): boolean {
  return here > 0 || (leaving !== undefined && lastWasHere);
}
