import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection, Status } from "@nats-io/nats-core";
import { isSseError, SseError } from "@sse/core";
import { Pause, within } from "../async.js";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import { agreeOnEpoch, type Seen } from "./epoch.js";
import { ensureStream } from "./stream.js";

/** The engine as it was found on one connection: nothing is read or appended before the epoch has been verified on it. */
export interface Session {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly epoch: string;
  /** The stream when the session began. */
  readonly info: StreamInfo;
}

/** Who is told about sessions. */
export interface LinkWatcher {
  up(session: Session): void;
  /** Once per outage. */
  down(error: unknown): void;
}

/** How the log gets its connection. */
export type ConnectionSource =
  | { readonly connection: NatsConnection }
  | { readonly servers: string | string[]; readonly options: Omit<ConnectionOptions, "servers"> };

/** Milliseconds that a silent server may hold up closing. */
const longestFarewell = 500;

/** Keeps a verified {@link Session} with the engine, as far as there is one, and tries again for as long as it is open. */
export class Link {
  readonly settings: NatsLogSettings;
  readonly subjects: Subjects;
  readonly #source: ConnectionSource;
  readonly #watchers = new Set<LinkWatcher>();
  readonly #pause = new Pause();
  readonly #running: Promise<void>;
  /** What waits for an answer over the session of this moment. */
  readonly #waiting = new Set<(error: unknown) => void>();
  #session: Session | undefined;
  #seen: Seen | undefined;
  /** Settles when the attempt under way has succeeded or failed. Rejected while there is an outage. */
  #attempt = new Attempt();
  #broken: () => void = () => {};
  #inOutage = false;
  #connected = false;
  #closed = false;

  constructor(source: ConnectionSource, settings: NatsLogSettings, subjects: Subjects) {
    this.#source = source;
    this.settings = settings;
    this.subjects = subjects;
    this.#running = this.#run();
  }

  /** The session of this moment, `undefined` during an outage. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * The session, once it is verified. While there is an outage it rejects at once.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  async ready(): Promise<Session> {
    this.assertOpen();
    return this.#attempt.result;
  }

  /**
   * The answer to a question, which need not be waited for once its session is lost.
   *
   * @throws what the question rejects with, or the reason of the loss.
   */
  async answer<T>(session: Session, question: Promise<T>): Promise<T> {
    if (session !== this.#session) return question;
    let fail: (error: unknown) => void = () => {};
    const lost = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    this.#waiting.add(fail);
    return Promise.race([question, lost]).finally(() => this.#waiting.delete(fail));
  }

  /** Tells about the session of this moment, if there is one, and about later ones. Returns a function that stops it. */
  watch(watcher: LinkWatcher): () => void {
    this.#watchers.add(watcher);
    if (this.#session !== undefined) watcher.up(this.#session);
    return () => this.#watchers.delete(watcher);
  }

  /** Notes how far the stream was seen in an epoch. A stream that ends before has lost entries. */
  saw(epoch: string, sequence: number): void {
    if (this.#seen?.epoch !== epoch || this.#seen.sequence < sequence) this.#seen = { epoch, sequence };
  }

  /** Ends a session on which something is not as it was, and verifies anew. */
  doubt(session: Session, reason: unknown): void {
    if (session === this.#session) this.#lose(reason);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  assertOpen(): void {
    if (this.#closed) throw new SseError("closed", "this log has been closed; create another one");
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#lose(new SseError("closed", "this log has been closed"));
      this.#watchers.clear();
      this.#pause.end();
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    let stop: (() => Promise<void>) | undefined;
    let nc: NatsConnection | undefined;
    while (!this.#closed) {
      try {
        if (nc === undefined || nc.isClosed()) {
          await stop?.();
          nc = await this.#connect();
          this.#connected = true;
          stop = this.#guard(nc);
        }
        if (!this.#closed) await this.#serve(nc);
      } catch (error) {
        this.#lose(error);
      }
      await this.#untilWorthTrying(nc);
    }
    await stop?.();
  }

  /** While the client itself is reconnecting, nobody should wait for an answer that cannot come. */
  async #untilWorthTrying(nc: NatsConnection | undefined): Promise<void> {
    do await this.#pause.wait(this.settings.retryDelay);
    while (!this.#closed && !this.#connected && nc?.isClosed() === false);
    if (!this.#closed) this.#attempt = new Attempt();
  }

  /** Verifies, and keeps the session until it is broken. */
  async #serve(nc: NatsConnection): Promise<void> {
    const broken = new Promise<void>((resolve) => {
      this.#broken = resolve;
    });
    const lost = broken.then(() => {
      throw new Error("the link to the server broke");
    });
    const verified = Promise.race([this.#verify(nc), lost]);
    const session = await within(this.settings.commandTimeout * 2, verified, "the server did not answer");
    if (this.#closed) return;
    this.#inOutage = false;
    this.#session = session;
    this.saw(session.epoch, session.info.state.last_seq);
    this.#attempt.resolve(session);
    const epochs = this.#watchEpoch(session);
    for (const watcher of this.#watchers) watcher.up(session);
    await broken;
    epochs.unsubscribe();
  }

  async #verify(nc: NatsConnection): Promise<Session> {
    const { settings, subjects } = this;
    const jsm = await jetstreamManager(nc, {
      checkAPI: false,
      timeout: settings.commandTimeout,
      watcherPrefix: settings.inboxPrefix,
      ...(settings.domain === undefined ? {} : { domain: settings.domain }),
    });
    await ensureStream(jsm, settings, subjects);
    const { epoch, info } = await agreeOnEpoch(nc, jsm, settings, subjects, this.#seen);
    return { nc, jsm, epoch, info };
  }

  /** Another instance may find out that a new epoch has begun. */
  #watchEpoch(session: Session) {
    return session.nc.subscribe(this.subjects.epochNews, {
      callback: (_error, message) => {
        if (message?.data !== undefined && message.string() !== session.epoch)
          this.doubt(session, new Error("another instance has found that the engine lost entries"));
      },
    });
  }

  async #connect(): Promise<NatsConnection> {
    const { settings } = this;
    if ("connection" in this.#source) {
      if (this.#source.connection.isClosed()) throw new Error("the connection given has been closed");
      return this.#source.connection;
    }
    const { connect } = await import("@nats-io/transport-node");
    return connect({
      name: `@sse/nats ${settings.stream}`,
      timeout: settings.commandTimeout,
      pingInterval: Math.max(1_000, settings.heartbeat),
      reconnectTimeWait: settings.retryDelay,
      inboxPrefix: settings.inboxPrefix,
      ...this.#source.options,
      servers: this.#source.servers,
      maxReconnectAttempts: -1,
    });
  }

  /** Watches over a connection. Returns what lets go of it. */
  #guard(nc: NatsConnection): () => Promise<void> {
    const statuses = nc.status();
    void this.#heed(statuses);
    return async () => {
      // The iterator of the client ends by this alone; its type does not show it.
      (statuses as { stop?: () => void }).stop?.();
      if ("servers" in this.#source && !nc.isClosed()) await this.#hangUp(nc);
    };
  }

  async #hangUp(nc: NatsConnection): Promise<void> {
    const { commandTimeout } = this.settings;
    // The client throws outside of any promise if it is closed just after the server has: a question first, and that moment has passed.
    await within(Math.min(commandTimeout, longestFarewell), nc.flush(), "no answer").catch(() => {});
    await within(commandTimeout, nc.close(), "closing took too long").catch(() => {});
  }

  async #heed(statuses: AsyncIterable<Status>): Promise<void> {
    for await (const { type } of statuses) {
      if (type === "disconnect" || type === "close") {
        this.#connected = false;
        this.#lose(new Error("the server has gone"));
      } else if (type === "reconnect") {
        this.#connected = true;
        this.#pause.wake();
      }
    }
  }

  #lose(reason: unknown): void {
    this.#session = undefined;
    if (this.#attempt.settled) this.#attempt = new Attempt();
    this.#attempt.reject(this.#closed ? reason : unavailable(reason));
    for (const fail of this.#waiting) fail(reason);
    this.#broken();
    if (this.#inOutage || this.#closed) return;
    this.#inOutage = true;
    for (const watcher of this.#watchers) watcher.down(unavailable(reason));
  }
}

/** A promise to be settled from outside, which nobody has to await. */
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

/** The error of an engine that cannot be reached or refuses: nothing was stored. */
export function unavailable(cause: unknown): SseError {
  if (isSseError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SseError("log-unavailable", `NATS JetStream cannot be used now: ${reason}`, { cause });
}
