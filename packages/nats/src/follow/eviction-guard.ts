import type { Link, Session } from "../connection/link.js";
import type { StoredMessage } from "../entry-codec.js";
import { mayHavePushedOut } from "./pushed-out.js";

/** What has come. Without a message: there was nothing up to the sequence. */
export interface Arrival {
  readonly sequence: number;
  readonly message?: StoredMessage;
}

/** Who is given what has come. */
export interface IntakeListener {
  /** How far it has been given everything. */
  head(): number;
  /** The next one; nothing was evicted before it. */
  arrived(arrival: Arrival): void;
  /** All that came has been given. */
  emptied(): void;
  /** Something may have been evicted between the head and what came next. */
  evicted(): void;
  failed(error: unknown): void;
}

/** With so many held, the server is faster than its own answers. */
const mostHeld = 4_096;

/**
 * Lets through what comes of some of a stream's subjects, in order, as long as nothing was evicted before it could come. The sequences have
 * holes, so that they do not show that; so each lot of what has come waits for one question to the stream.
 *
 * If it still begins at or before the head, nothing after the head has gone with its beginning. If it has fewer messages after the head than a
 * subject may hold, no subject has pushed out any of them. And if it has more: a subject that has pushed out a message which was not delivered
 * yet holds none that was, and is full, until its next message comes; so those are asked of which something has come.
 */
export class Intake {
  readonly #link: Link;
  readonly #session: Session;
  readonly #listener: IntakeListener;
  #held: Arrival[] = [];
  #checking = false;
  #ended = false;

  constructor(link: Link, session: Session, listener: IntakeListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  get isFull(): boolean {
    return this.#held.length >= mostHeld;
  }

  add(arrival: Arrival): void {
    if (this.#ended || arrival.sequence <= this.#listener.head()) return;
    this.#held.push(arrival);
    if (!this.#checking) void this.#check();
  }

  /** Drops what is held: it comes again. */
  clear(): void {
    this.#held = [];
  }

  /** Nothing is told after this. */
  end(): void {
    this.#ended = true;
  }

  async #check(): Promise<void> {
    this.#checking = true;
    try {
      while (this.#held.length > 0 && !this.#ended) await this.#checkOnce();
      if (!this.#ended) this.#listener.emptied();
    } catch (error) {
      if (!this.#ended) this.#listener.failed(error);
    }
    this.#checking = false;
  }

  /** What came before the stream was asked was taken from it before that, too. */
  async #checkOnce(): Promise<void> {
    const held = this.#held;
    const count = held.length;
    const evicted = await this.#mayHaveEvicted(this.#listener.head(), held.slice());
    if (this.#ended || held !== this.#held) return;
    if (evicted) this.#listener.evicted();
    else this.#release(count);
  }

  async #mayHaveEvicted(head: number, arrivals: readonly Arrival[]): Promise<boolean> {
    const { config, state } = await this.#session.jsm.streams.info(this.#link.settings.stream);
    if (state.first_seq > head + 1) return true;
    const { max_msgs_per_subject: most } = config;
    if (most <= 0 || state.last_seq - head < most) return false;
    const subjects = new Set(arrivals.flatMap(({ message }) => message?.subject ?? []));
    return mayHavePushedOut(this.#link, this.#session, subjects, head);
  }

  /** Hands over what came first, until it is dropped. */
  #release(count: number): void {
    const held = this.#held;
    for (let left = count; left > 0 && held === this.#held && !this.#ended; left -= 1)
      this.#listener.arrived(held.shift()!);
  }
}
