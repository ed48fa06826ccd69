import { presenceTooLarge } from "../errors.js";
import type { PresenceChange } from "./messages.js";

/** The memory for the presence of all other instances together, in bytes. */
export interface PresenceBudget {
  available: number;
}

interface TopicPresence {
  connections: number;
  readonly users: Set<string>;
}

/** Bytes of a name in memory without its characters, roughly. */
const nameOverhead = 64;

/**
 * Holds the connections and users of an instance by topic, or under `undefined` of the hub, within
 * a budget.
 */
export class PresenceTable {
  readonly #budget: PresenceBudget;
  readonly #topics = new Map<string | undefined, TopicPresence>();

  constructor(budget: PresenceBudget) {
    this.#budget = budget;
  }

  topics(): Iterable<string | undefined> {
    return this.#topics.keys();
  }

  connections(topic: string | undefined): number {
    return this.#topics.get(topic)?.connections ?? 0;
  }

  has(user: string, topic: string | undefined): boolean {
    return this.#topics.get(topic)?.users.has(user) ?? false;
  }

  /** Returns a list, so that the table may change meanwhile. */
  users(): [user: string, topic: string | undefined][] {
    return [...this.#topics].flatMap(([topic, { users }]) =>
      [...users].map((user): [string, string | undefined] => [user, topic]),
    );
  }

  /**
   * @throws {SseError} `overloaded` if the budget does not allow for all that the changes may add.
   */
  requireBudget(changes: readonly PresenceChange[]): void {
    let bytes = 0;
    for (const { topic = "", joined } of changes) {
      bytes += sizeOf(topic);
      for (const user of joined) bytes += sizeOf(user);
    }
    if (bytes > this.#budget.available) throw presenceTooLarge();
  }

  setConnections(topic: string | undefined, connections: number): void {
    this.#open(topic).connections = connections;
  }

  /** Returns whether the user is new at the topic. */
  add(user: string, topic: string | undefined): boolean {
    const { users } = this.#open(topic);
    if (users.has(user)) return false;
    users.add(user);
    this.#budget.available -= sizeOf(user);
    return true;
  }

  /** Returns whether the user was at the topic. */
  remove(user: string, topic: string | undefined): boolean {
    const removed = this.#topics.get(topic)?.users.delete(user) ?? false;
    if (removed) this.#budget.available += sizeOf(user);
    return removed;
  }

  /** Removes a topic that has neither connections nor users. */
  prune(topic: string | undefined): void {
    const presence = this.#topics.get(topic);
    if (presence === undefined || presence.connections > 0 || presence.users.size > 0) return;
    this.#topics.delete(topic);
    this.#budget.available += sizeOf(topic ?? "");
  }

  /** Removes everything, and returns its memory to the budget. */
  clear(): void {
    for (const [topic, { users }] of this.#topics) {
      this.#budget.available += sizeOf(topic ?? "");
      for (const user of users) this.#budget.available += sizeOf(user);
    }
    this.#topics.clear();
  }

  #open(topic: string | undefined): TopicPresence {
    let presence = this.#topics.get(topic);
    if (presence === undefined) {
      presence = { connections: 0, users: new Set() };
      this.#topics.set(topic, presence);
      this.#budget.available -= sizeOf(topic ?? "");
    }
    return presence;
  }
}

function sizeOf(name: string): number {
  return nameOverhead + 2 * name.length;
}
