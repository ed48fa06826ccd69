import type { StreamInfo } from "@nats-io/jetstream";
import type { Session } from "./session.js";

/** Receives the sessions of a link. */
export interface LinkWatcher {
  up(session: Session): void;
  /** Called once per outage. */
  down(error: unknown): void;
  /** The stream of the current session, at every heartbeat. */
  checked?(info: StreamInfo): void;
  /** Something breaks the promises of the log without ending the session. Called once. */
  warned?(error: unknown): void;
}

/** Calls the watchers of a link. */
export class Watchers {
  readonly #watchers = new Set<LinkWatcher>();
  #warning: unknown;
  #inOutage = false;

  /** Adds a watcher and reports to it what holds at the moment. */
  add(watcher: LinkWatcher, session: Session | undefined): void {
    this.#watchers.add(watcher);
    if (this.#warning !== undefined) watcher.warned?.(this.#warning);
    if (session !== undefined) watcher.up(session);
  }

  delete(watcher: LinkWatcher): void {
    this.#watchers.delete(watcher);
  }

  clear(): void {
    this.#watchers.clear();
  }

  up(session: Session): void {
    this.#inOutage = false;
    for (const watcher of this.#watchers) watcher.up(session);
  }

  /** Reports an outage, unless it was reported already. */
  down(error: unknown): void {
    if (this.#inOutage) return;
    this.#inOutage = true;
    for (const watcher of this.#watchers) watcher.down(error);
  }

  checked(info: StreamInfo): void {
    for (const watcher of this.#watchers) watcher.checked?.(info);
  }

  /** Reports a warning, unless there was one before. */
  warn(warning: unknown): void {
    if (this.#warning !== undefined) return;
    this.#warning = warning;
    for (const watcher of this.#watchers) watcher.warned?.(warning);
  }
}
