import type { LogEntry, LogFollower, Position } from "@sse/hub/log";

/** Calls the followers of a log object. */
export class Followers {
  readonly #followers = new Set<LogFollower>();

  add(follower: LogFollower): void {
    this.#followers.add(follower);
  }

  delete(follower: LogFollower): void {
    this.#followers.delete(follower);
  }

  clear(): void {
    this.#followers.clear();
  }

  reset(head: Position): void {
    for (const follower of this.#followers) follower.reset(head);
  }

  entry(entry: LogEntry): void {
    for (const follower of this.#followers) follower.entries([entry]);
  }

  passed(head: Position): void {
    for (const follower of this.#followers) follower.passed(head);
  }

  error(error: unknown): void {
    for (const follower of this.#followers) follower.error(error);
  }
}
