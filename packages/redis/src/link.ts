import { isSseError } from "@sse/core";
import { withTimeout } from "@sse/core/internal";
import { Sleep } from "@sse/hub/log";
import type { RedisDriver } from "./driver.js";
import { connectionBroken, logClosed, unavailable } from "./errors.js";
import type { RedisLogClock } from "./options.js";
import { Session } from "./session.js";

/** The settings of all links of a log. */
export interface LinkContext {
  /** Loads the driver at the first call. */
  readonly driver: () => Promise<RedisDriver>;
  readonly clock: RedisLogClock;
  /** Maximum milliseconds for a connection to open, and for a reply. */
  readonly commandTimeout: number;
}

/** A session, and the result of its preparation. */
export interface Opened<T> {
  readonly session: Session;
  readonly prepared: T;
}

/** Makes a link; see the constructor of {@link Link}. */
export type LinkMaker<T> = (
  prepare: (session: Session) => Promise<T>,
  onError: (error: unknown) => void,
) => Link<T>;

/** Maximum milliseconds between two attempts to connect. */
const maxBackOff = 2_000;

/**
 * Keeps a session open from the first call of {@link open} on: one that has ended is replaced at
 * the next call.
 */
export class Link<T> {
  readonly #context: LinkContext;
  readonly #prepare: (session: Session) => Promise<T>;
  readonly #onError: (error: unknown) => void;
  readonly #sleep: Sleep;
  #current: Promise<Opened<T>> | undefined;
  /** Aborts the attempts to open the present session. */
  #attempts = new AbortController();
  /** The newest session, open or not. */
  #session: Session | undefined;
  /** The newest session that was opened, unless another one is being opened. */
  #opened: Session | undefined;
  #lastError: unknown = new Error("the connection is not open yet");
  #closed = false;

  /**
   * @param prepare runs first in each session; if it rejects, the session is given up.
   * @param onError receives the error of each attempt to connect that fails.
   */
  constructor(
    context: LinkContext,
    prepare: (session: Session) => Promise<T>,
    onError: (error: unknown) => void = () => {},
  ) {
    this.#context = context;
    this.#prepare = prepare;
    this.#onError = onError;
    this.#sleep = new Sleep(context.clock);
  }

  /** Whether there is a session that accepts commands. */
  get isOpen(): boolean {
    return this.#opened !== undefined && !this.#opened.over;
  }

  /**
   * Resolves to the session once there is one. Rejects only when the link is closed, or can never
   * be opened.
   */
  open(): Promise<Opened<T>> {
    if (this.#current === undefined || this.#opened?.over) {
      const opening = this.#establish();
      this.#current = opening;
      opening
        .then(({ session }) => session.ended)
        .then(
          () => {
            if (this.#current === opening) this.#current = undefined;
          },
          () => {},
        );
    }
    return this.#current;
  }

  /**
   * Resolves to the session within the time for a command, in the order of the calls.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`.
   */
  connected(): Promise<Opened<T>> {
    const { clock, commandTimeout } = this.#context;
    return withTimeout(this.open(), {
      milliseconds: commandTimeout,
      timers: clock,
      onTimeout: () => unavailable(this.#lastError),
    });
  }

  /**
   * Ends the session, or the attempts to open one. The link may be opened again, unless it is
   * closed.
   */
  drop(): void {
    this.#attempts.abort(connectionBroken());
    this.#attempts = new AbortController();
    this.#current = undefined;
    this.#sleep.cancel();
    this.#session?.destroy();
  }

  close(): void {
    this.#closed = true;
    this.#sleep.close();
    this.drop();
  }

  /** Makes the wait of a loop on this link. */
  sleep(): Sleep {
    return new Sleep(this.#context.clock);
  }

  /**
   * Returns how long to wait before the next attempt: the more attempts have failed, the longer,
   * with jitter.
   */
  backOff(failures: number): number {
    const limit = Math.min(maxBackOff, 50 * 2 ** Math.min(failures, 10));
    return limit * (0.5 + this.#context.clock.random() / 2);
  }

  async #establish(): Promise<Opened<T>> {
    const { signal } = this.#attempts;
    this.#opened = undefined;
    for (let failures = 0; ; failures += 1) {
      if (this.#closed) throw logClosed();
      signal.throwIfAborted();
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (this.#closed) throw logClosed();
        signal.throwIfAborted();
        this.#session?.destroy();
        if (isSseError(error) && error.code === "invalid-option") throw error;
        this.#lastError = error;
        this.#onError(error);
      }
      await this.#sleep.for(this.backOff(failures));
    }
  }

  async #connect(signal: AbortSignal): Promise<Opened<T>> {
    const { driver, clock, commandTimeout } = this.#context;
    const { connect } = await driver();
    if (this.#closed) throw logClosed();
    signal.throwIfAborted();
    const session = new Session(connect(), clock, commandTimeout);
    this.#session = session;
    await session.opened();
    const prepared = await this.#prepare(session);
    signal.throwIfAborted();
    this.#opened = session;
    return { session, prepared };
  }
}
