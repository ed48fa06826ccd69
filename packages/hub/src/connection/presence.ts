import type { HubClock, TimerHandle } from "../clock.js";

interface Attendance {
  /** Connections of this instance. */
  here: number;
  /** Other instances on which the user has connections. */
  elsewhere: number;
  /** Whether what went last was a connection of this instance. */
  lastWasHere: boolean;
  /** Runs while the user has no connection and has not been announced as gone. */
  leaving: TimerHandle | undefined;
}

/** What a change of presence is reported to. */
export interface PresenceListener {
  /** @param local whether a connection of this instance brought it about. */
  join(user: string, topic: string | undefined, local: boolean): void;
  /** @param local whether a connection of this instance was the last one. */
  leave(user: string, topic: string | undefined, local: boolean): void;
  /** A user's first connection of this instance came, or the last one went, whatever there is elsewhere. */
  changedHere(user: string, topic: string | undefined): void;
}

/**
 * Which users are here and on other instances, in all and by topic, counted by connections: several tabs are one user. A user stays present for a
 * grace period after the last connection has ended.
 */
export class Presence {
  readonly #grace: number;
  readonly #clock: HubClock;
  readonly #listener: PresenceListener;
  /** Users by topic; under `undefined`, users of the hub. */
  readonly #present = new Map<string | undefined, Map<string, Attendance>>();

  constructor(grace: number, clock: HubClock, listener: PresenceListener) {
    this.#grace = grace;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** A connection of this instance came. */
  enter(user: string, topic?: string): void {
    const attendance = this.#attendance(user, topic);
    attendance.here += 1;
    if (attendance.here === 1) this.#listener.changedHere(user, topic);
    this.#entered(attendance, user, topic, true);
  }

  /** A connection of this instance went. */
  exit(user: string, topic?: string): void {
    const attendance = this.#present.get(topic)?.get(user);
    if (attendance === undefined) return;
    attendance.here -= 1;
    if (attendance.here > 0) return;
    this.#listener.changedHere(user, topic);
    this.#exited(attendance, user, topic, true);
  }

  /** Another instance has a user now. */
  enterElsewhere(user: string, topic: string | undefined): void {
    const attendance = this.#attendance(user, topic);
    attendance.elsewhere += 1;
    this.#entered(attendance, user, topic, false);
  }

  /** Another instance does not have a user any more. */
  exitElsewhere(user: string, topic: string | undefined): void {
    const attendance = this.#present.get(topic)?.get(user);
    if (attendance === undefined) return;
    attendance.elsewhere -= 1;
    this.#exited(attendance, user, topic, false);
  }

  users(topic?: string): string[] {
    return [...(this.#present.get(topic)?.keys() ?? [])];
  }

  has(user: string): boolean {
    return this.#present.get(undefined)?.has(user) ?? false;
  }

  /** The users of this instance: with a connection here, or in the grace period after one. */
  usersHere(topic?: string): string[] {
    return [...(this.#present.get(topic) ?? [])].filter(([, own]) => isHere(own)).map(([user]) => user);
  }

  hasHere(user: string): boolean {
    const attendance = this.#present.get(undefined)?.get(user);
    return attendance !== undefined && isHere(attendance);
  }

  /** The users with a connection here at this moment. */
  *connected(topic: string | undefined): Iterable<string> {
    for (const [user, { here }] of this.#present.get(topic) ?? []) if (here > 0) yield user;
  }

  isConnected(user: string, topic: string | undefined): boolean {
    return (this.#present.get(topic)?.get(user)?.here ?? 0) > 0;
  }

  /** How many users this instance has. */
  get countHere(): number {
    let count = 0;
    for (const attendance of this.#present.get(undefined)?.values() ?? []) if (isHere(attendance)) count += 1;
    return count;
  }

  /**
   * Announces at once everyone who is in the grace period, and leaves no timer behind. Those who are on other instances have not left; they are
   * known no longer.
   */
  close(): void {
    for (const [topic, users] of [...this.#present]) {
      for (const [user, attendance] of [...users]) {
        if (attendance.here > 0) continue;
        if (attendance.leaving === undefined) this.#remove(user, topic);
        else {
          this.#stay(attendance);
          this.#leave(user, topic);
        }
      }
    }
  }

  #attendance(user: string, topic: string | undefined): Attendance {
    const users = this.#present.get(topic) ?? new Map<string, Attendance>();
    this.#present.set(topic, users);
    const attendance = users.get(user) ?? { here: 0, elsewhere: 0, lastWasHere: false, leaving: undefined };
    users.set(user, attendance);
    return attendance;
  }

  #entered(attendance: Attendance, user: string, topic: string | undefined, local: boolean): void {
    const isFirst = attendance.here + attendance.elsewhere === 1 && attendance.leaving === undefined;
    if (isFirst) this.#listener.join(user, topic, local);
    else this.#stay(attendance);
  }

  #exited(attendance: Attendance, user: string, topic: string | undefined, local: boolean): void {
    if (attendance.here > 0 || attendance.elsewhere > 0) return;
    attendance.lastWasHere = local;
    if (this.#grace === 0) this.#leave(user, topic);
    else attendance.leaving = this.#clock.setTimeout(() => this.#leave(user, topic), this.#grace);
  }

  #stay(attendance: Attendance): void {
    if (attendance.leaving === undefined) return;
    this.#clock.clearTimeout(attendance.leaving);
    attendance.leaving = undefined;
  }

  #leave(user: string, topic: string | undefined): void {
    const local = this.#present.get(topic)?.get(user)?.lastWasHere ?? false;
    this.#remove(user, topic);
    this.#listener.leave(user, topic, local);
  }

  #remove(user: string, topic: string | undefined): void {
    const users = this.#present.get(topic);
    users?.delete(user);
    if (users?.size === 0) this.#present.delete(topic);
  }
}

function isHere({ here, leaving, lastWasHere }: Attendance): boolean {
  return here > 0 || (leaving !== undefined && lastWasHere);
}
