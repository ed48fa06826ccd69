import type { StreamInfo } from "@nats-io/jetstream";
import type { Session } from "./session.js";

/** Receives the sessions of a link. */
export interface LinkWatcher {
  up(session: Session): void;
  /** Called once per outage. */
  down(error: unknown): void;
  /** The stream of the current session, at every heartbeat. */
  checked?(info: StreamInfo): void;
  /**
   * Something breaks the promises of the log without ending the session. Called once for each
   * thing.
   */
  warned?(error: unknown): void;
}

/** Calls the watchers of a link. */
export class Watchers {
  readonly #watchers = new Set<LinkWatcher>();
  readonly #warnings = new Map<string, Error>();
  #inOutage = false;

  /** Adds a watcher and reports to it what holds at the moment. */
  add(watcher: LinkWatcher, session: Session | undefined): void {
    this.#watchers.add(watcher);
    for (const warning of this.#warnings.values()) watcher.warned?.(warning);
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

  /** Reports a warning, unless the same was reported before. */
  warn(warning: Error): void {
    if (this.#warnings.has(warning.message)) return;
    this.#warnings.set(warning.message, warning);
    for (const watcher of this.#watchers) watcher.warned?.(warning);
  }
}
