import type { NatsConnection } from "@nats-io/nats-core";
import { logClosed, Sleep } from "@sse/hub/log";
import { unavailable } from "../errors.js";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import { type ConnectionSource, closeConnection, openConnection, watchStatus } from "./connections.js";
import { Lifetime } from "./lifetime.js";
import { Monitor } from "./monitor.js";
import { Seen } from "./seen.js";
import { openSession, type Session } from "./session.js";
import { findUnsafeSettings } from "./unsafe-settings.js";
import { type LinkWatcher, Watchers } from "./watchers.js";

/** Keeps a verified {@link Session} with the engine, and retries for as long as it is open. */
export class Link {
  readonly settings: NatsLogSettings;
  readonly subjects: Subjects;
  readonly seen: Seen = new Seen();
  readonly #source: ConnectionSource;
  readonly #watchers = new Watchers();
  readonly #sleep: Sleep;
  readonly #running: Promise<void>;
  #session: Session | undefined;
  /** Settles when the current attempt has succeeded or failed. Rejected during an outage. */
  #attempt = new Attempt();
  /** The lifetime of the current session, or of the attempt at one. */
  #lifetime = new Lifetime();
  #connected = false;
  #closed = false;

  constructor(source: ConnectionSource, settings: NatsLogSettings, subjects: Subjects) {
    this.#source = source;
    this.settings = settings;
    this.subjects = subjects;
    this.#sleep = new Sleep(settings.clock);
    this.#running = this.#run();
  }

  /** The current session, `undefined` during an outage. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Resolves to the session once it is verified. During an outage it rejects at once.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  async ready(): Promise<Session> {
    this.assertOpen();
    return this.#attempt.result;
  }

  /**
   * Reports the current session, if there is one, and later ones. Returns a function that stops it.
   */
  watch(watcher: LinkWatcher): () => void {
    this.#watchers.add(watcher, this.#session);
    return () => this.#watchers.delete(watcher);
  }

  /** Ends a session on which something is not as it was, and verifies the engine again. */
  invalidate(session: Session, reason: unknown): void {
    if (session === this.#session) this.#lose(reason);
  }

  /** @throws {SseError} `closed`. */
  assertOpen(): void {
    if (this.#closed) throw logClosed();
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#lose(logClosed());
      this.#watchers.clear();
      this.#sleep.close();
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    let release: (() => Promise<void>) | undefined;
    let nc: NatsConnection | undefined;
    while (!this.#closed) {
      try {
        if (nc === undefined || nc.isClosed()) {
          await release?.();
          nc = await openConnection(this.#source, this.settings);
          this.#connected = true;
          release = this.#watchConnection(nc);
        }
        if (!this.#closed) await this.#serve(nc);
      } catch (error) {
        this.#lose(error);
      }
      await this.#waitToRetry(nc);
    }
    await release?.();
  }

  /** Requests reject while the client itself is reconnecting, since no response can arrive. */
  async #waitToRetry(nc: NatsConnection | undefined): Promise<void> {
    do await this.#sleep.for(this.settings.retryDelay);
    while (!this.#closed && !this.#connected && nc?.isClosed() === false);
    if (!this.#closed) this.#attempt = new Attempt();
  }

  /** Verifies the engine, and keeps the session until it is lost. */
  async #serve(nc: NatsConnection): Promise<void> {
    const { settings, subjects, seen } = this;
    const lifetime = new Lifetime();
    this.#lifetime = lifetime;
    const session = await openSession(nc, { settings, subjects, seen, lifetime });
    // It may have been lost in the meantime, and the log closed.
    if (lifetime.signal.aborted) return;
    this.#open(session);
    // A watcher may have ended it.
    if (lifetime.signal.aborted) return;
    await new Promise((resolve) => lifetime.signal.addEventListener("abort", resolve));
  }

  #open(session: Session): void {
    this.#session = session;
    this.seen.enter(session.epoch);
    this.seen.record(session.epoch, session.info.state.last_seq);
    this.#attempt.resolve(session);
    new Monitor(session, this, {
      checked: (info) => this.#watchers.checked(info),
      failed: (error) => this.invalidate(session, error),
    });
    for (const warning of findUnsafeSettings(session, this.settings)) this.#watchers.warn(warning);
    this.#watchers.up(session);
  }

  /** Watches a connection. Returns a function that releases it. */
  #watchConnection(nc: NatsConnection): () => Promise<void> {
    const stop = watchStatus(nc, {
      lost: () => {
        this.#connected = false;
        this.#lose(new Error("the connection to the server is lost"));
      },
      restored: () => {
        this.#connected = true;
        this.#sleep.cancel();
      },
    });
    return async () => {
      stop();
      await closeConnection(this.#source, this.settings, nc);
    };
  }

  #lose(reason: unknown): void {
    this.#session = undefined;
    if (this.#attempt.settled) this.#attempt = new Attempt();
    this.#attempt.reject(this.#closed ? reason : unavailable(reason));
    this.#lifetime.end(reason);
    if (!this.#closed) this.#watchers.down(unavailable(reason));
  }
}

/** A promise that is settled from outside; it need not be awaited. */
class Attempt {
  resolve: (session: Session) => void = () => {};
  reject: (error: unknown) => void = () => {};
  settled = false;
  readonly result: Promise<Session>;

  constructor() {
    this.result = new Promise((resolve, reject) => {
      this.resolve = (session) => {
        this.settled = true;
        resolve(session);
      };
      this.reject = (error) => {
        this.settled = true;
        reject(error);
      };
    });
    this.result.catch(() => {});
  }
}
