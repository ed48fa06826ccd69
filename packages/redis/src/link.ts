import { isSseError, SseError } from "@sse/core";
import { type RedisLogClock, within } from "./clock.js";
import type { RedisDriver } from "./driver.js";
import { Session, unavailable } from "./session.js";

/** What links are made with. */
export interface LinkContext {
  /** Loads the driver the first time it is asked. */
  readonly driver: () => Promise<RedisDriver>;
  readonly clock: RedisLogClock;
  /** Most milliseconds for a connection to open, and for a reply. */
  readonly commandTimeout: number;
}

/** A session, and what was found out when it began. */
export interface Opened<T> {
  readonly session: Session;
  readonly found: T;
}

/** Makes a link; see the constructor of {@link Link}. */
export type LinkMaker<T> = (
  prepare: (session: Session) => Promise<T>,
  onTrouble: (error: unknown) => void,
) => Link<T>;

/** Most milliseconds between two attempts to connect. */
const longestPause = 2_000;

/** Keeps a session open, from the moment at which one is first asked for: one that has ended is followed by another when the next is asked for. */
export class Link<T> {
  readonly #context: LinkContext;
  readonly #prepare: (session: Session) => Promise<T>;
  readonly #onTrouble: (error: unknown) => void;
  #current: Promise<Opened<T>> | undefined;
  /** The newest session, open or not. */
  #session: Session | undefined;
  /** The newest session that was opened, unless another one is being opened. */
  #opened: Session | undefined;
  #lastError: unknown = new Error("the connection is not open yet");
  #closed = false;
  /** Each ends a pause. */
  readonly #pauses = new Set<() => void>();

  /**
   * @param prepare what is done first in a session; if it rejects, the session is given up.
   * @param onTrouble is told of each attempt to connect that fails.
   */
  constructor(
    context: LinkContext,
    prepare: (session: Session) => Promise<T>,
    onTrouble: (error: unknown) => void = () => {},
  ) {
    this.#context = context;
    this.#prepare = prepare;
    this.#onTrouble = onTrouble;
  }

  /** The session, as soon as there is one. Rejects only when the link is closed, or can never be opened. */
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
   * The session, within the time for a command. Those who wait for it get it in the order in which they asked.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`.
   */
  async soon(): Promise<Opened<T>> {
    const { clock, commandTimeout } = this.#context;
    return within(clock, commandTimeout, this.open(), () => unavailable(this.#lastError));
  }

  /** Ends the session. The link may be opened again, unless it is closed. */
  drop(): void {
    this.#session?.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#pauses) end();
    this.drop();
  }

  async #establish(): Promise<Opened<T>> {
    this.#opened = undefined;
    for (let attempt = 0; ; attempt += 1) {
      if (this.#closed) throw closed();
      try {
        return await this.#connect();
      } catch (error) {
        this.#session?.destroy();
        if (this.#closed) throw closed();
        if (isSseError(error) && error.code === "invalid-option") throw error;
        this.#lastError = error;
        this.#onTrouble(error);
      }
      await this.pause(attempt);
    }
  }

  async #connect(): Promise<Opened<T>> {
    const { driver, clock, commandTimeout } = this.#context;
    const { connect } = await driver();
    if (this.#closed) throw closed();
    const session = new Session(connect(), clock, commandTimeout);
    this.#session = session;
    await session.opened();
    const found = await this.#prepare(session);
    this.#opened = session;
    return { session, found };
  }

  /** Waits before the next attempt: the longer the more have failed, and not as long as others do. Closing ends it. */
  async pause(attempt: number): Promise<void> {
    if (this.#closed) return;
    const { clock } = this.#context;
    const longest = Math.min(longestPause, 50 * 2 ** Math.min(attempt, 10));
    await new Promise<void>((resolve) => {
      const end = () => {
        clock.clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = clock.setTimeout(end, longest * (0.5 + clock.random() / 2));
      this.#pauses.add(end);
    });
  }
}

/** The log has been closed. */
export function closed(): SseError {
  return new SseError("closed", "this log has been closed; create another one");
}
