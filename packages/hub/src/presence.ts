import type { HubClock, TimerHandle } from "./clock.js";

interface Attendance {
  connections: number;
  /** Runs while the user has no connection and has not been announced as gone. */
  leaving: TimerHandle | undefined;
}

/** What a change of presence is reported to. */
export interface PresenceListener {
  join(user: string, topic: string | undefined): void;
  leave(user: string, topic: string | undefined): void;
}

/**
 * Which users are here, in all and by topic, counted by connections: several tabs are one user. A user stays present for a
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

  enter(user: string, topic?: string): void {
    const users = this.#present.get(topic) ?? new Map<string, Attendance>();
    this.#present.set(topic, users);
    const attendance = users.get(user);
    if (attendance === undefined) {
      users.set(user, { connections: 1, leaving: undefined });
      this.#listener.join(user, topic);
      return;
    }
    attendance.connections += 1;
    this.#stay(attendance);
  }

  exit(user: string, topic?: string): void {
    const attendance = this.#present.get(topic)?.get(user);
    if (attendance === undefined) return;
    attendance.connections -= 1;
    if (attendance.connections > 0) return;
    if (this.#grace === 0) this.#leave(user, topic);
    else attendance.leaving = this.#clock.setTimeout(() => this.#leave(user, topic), this.#grace);
  }

  users(topic?: string): string[] {
    return [...(this.#present.get(topic)?.keys() ?? [])];
  }

  has(user: string): boolean {
    return this.#present.get(undefined)?.has(user) ?? false;
  }

  get count(): number {
    return this.#present.get(undefined)?.size ?? 0;
  }

  /** Announces at once everyone who is in the grace period, and leaves no timer behind. */
  close(): void {
    for (const [topic, users] of [...this.#present]) {
      for (const [user, attendance] of [...users]) {
        if (attendance.leaving === undefined) continue;
        this.#stay(attendance);
        this.#leave(user, topic);
      }
    }
  }

  #stay(attendance: Attendance): void {
    if (attendance.leaving === undefined) return;
    this.#clock.clearTimeout(attendance.leaving);
    attendance.leaving = undefined;
  }

  #leave(user: string, topic: string | undefined): void {
    const users = this.#present.get(topic);
    users?.delete(user);
    if (users?.size === 0) this.#present.delete(topic);
    this.#listener.leave(user, topic);
  }
}
