import type { StoredMessage } from "./entry-codec.js";
import type { Link, Session } from "./link.js";
import { hasPushedOut } from "./pushed-out.js";
import { safeTime } from "./turnover.js";

/** What has come. Without a message: there was nothing up to the sequence. */
export interface Arrival {
  readonly sequence: number;
  readonly message?: StoredMessage;
  /** When the message was stored, in milliseconds by the server's clock. */
  readonly storedAt?: number;
}

/** Who is given what has come. */
export interface IntakeListener {
  /** How far it has been given everything. */
  head(): number;
  /** The subjects that are wanted. */
  subjects(): readonly string[];
  /** The next one; nothing was evicted before it. */
  arrived(arrival: Arrival): void;
  /** Something may have been evicted between the head and what came next. */
  evicted(): void;
  failed(error: unknown): void;
}

/**
 * Lets through what comes of some of a stream's subjects, in order, as long as nothing was evicted before it could come.
 *
 * The sequences have holes, so that they do not show that. So the stream is asked, before anything is let through, whether it still begins
 * at or before the head, unless it cannot have turned over since it was asked last. And its subjects are asked if so many messages are pending
 * that one of them may be full of those: only then it can have pushed out others that were pending.
 */
export class Intake {
  readonly #link: Link;
  readonly #session: Session;
  readonly #listener: IntakeListener;
  #held: Arrival[] = [];
  #checking = false;
  /** Until then nothing after the head can have gone with the beginning of the stream, by the monotonic clock. */
  #safeUntil = 0;
  /** What comes after the head was stored after this, in milliseconds by the server's clock. */
  #headStoredAt = 0;
  /** A subject may have pushed out what was not yet delivered. */
  #crowded = false;
  #ended = false;

  constructor(link: Link, session: Session, listener: IntakeListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  /** @param pending how many more wait to be delivered. */
  add(arrival: Arrival, pending = 0): void {
    if (this.#ended || arrival.sequence <= this.#listener.head()) return;
    const { max_msgs_per_subject: most } = this.#session.info.config;
    this.#crowded ||= most > 0 && pending + 1 >= most;
    this.#held.push(arrival);
    if (this.#checking) return;
    if (this.#isSafe) this.#release();
    else void this.#check();
  }

  /** Drops what is held: it comes again. */
  clear(): void {
    this.#held = [];
  }

  /** Nothing is told after this. */
  end(): void {
    this.#ended = true;
  }

  get #isSafe(): boolean {
    return !this.#crowded && performance.now() < this.#safeUntil;
  }

  async #check(): Promise<void> {
    this.#checking = true;
    try {
      while (this.#held.length > 0 && !this.#ended) await this.#checkOnce();
    } catch (error) {
      if (!this.#ended) this.#listener.failed(error);
    }
    this.#checking = false;
  }

  /** What came before the stream was asked was taken from it before that, too. */
  async #checkOnce(): Promise<void> {
    const asked = { head: this.#listener.head(), held: this.#held, count: this.#held.length };
    const askedAt = performance.now();
    const crowded = this.#crowded;
    this.#crowded = false;
    const info = await this.#session.jsm.streams.info(this.#link.settings.stream);
    const evicted =
      info.state.first_seq > asked.head + 1 ||
      (crowded && (await hasPushedOut(this.#link, this.#session, this.#listener.subjects(), asked.head)));
    if (this.#ended) return;
    if (evicted) {
      this.#listener.evicted();
      return;
    }
    this.#safeUntil = askedAt + safeTime(info, asked.head, this.#headStoredAt);
    if (asked.held !== this.#held) return;
    this.#release(asked.count);
    if (this.#isSafe) this.#release();
  }

  /** Hands over what is held, until it is dropped. */
  #release(count = this.#held.length): void {
    const held = this.#held;
    for (let left = count; left > 0 && held === this.#held && !this.#ended; left -= 1) {
      const arrival = held.shift()!;
      this.#headStoredAt = arrival.storedAt ?? this.#headStoredAt;
      this.#listener.arrived(arrival);
    }
  }
}
