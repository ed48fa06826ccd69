import { type Channel, everyone } from "@sse/hub";
import { backfill, backfillSubject } from "./backfill.js";
import { Delivery, FilterIgnored } from "./delivery.js";
import type { StoredMessage } from "./entry-codec.js";
import type { FollowedStream, Following } from "./following.js";
import type { Interest } from "./interest.js";
import type { Link, Session } from "./link.js";
import { hasPushedOut } from "./pushed-out.js";
import { Moment, Pause } from "./timing.js";
import { safeTime } from "./turnover.js";

/** What has come and is not yet known to be all that there was. Without a message: there was nothing up to the sequence. */
interface Held {
  readonly sequence: number;
  readonly message?: StoredMessage;
  /** When the message was stored, in milliseconds by the server's clock. */
  readonly storedAt?: number;
}

/** So many messages that nobody wants any more are received before the server is told. */
const mostUnwanted = 100;

/** How often the server is asked how far it has looked, with so many milliseconds between; and how often it is made to look. */
const patience = { times: 60, interval: 10, lookEvery: 4 };

/**
 * Follows only what is wanted, by one consumer for its subjects, which is made anew after the head when more is wanted.
 *
 * The sequences of what comes have holes then, so that they do not show what was evicted before it could come. So the stream is asked, before
 * anything is given, whether it still begins at or before the head, unless it cannot have turned over since it was asked last. And its subjects
 * are asked if so many messages are pending that one of them may be full of those: only then it can have pushed out others that were pending.
 */
export class FollowWanted implements Following {
  readonly #link: Link;
  readonly #session: Session;
  readonly #stream: FollowedStream;
  readonly #interest: Interest;
  /** The channels that the index lists, or is about to. */
  readonly #covered = new Map<Channel, Promise<void>>();
  #delivery: Delivery | undefined;
  #held: Held[] = [];
  #checking = false;
  /** Until then nothing after the head can have been evicted with the beginning of the stream, by the monotonic clock. */
  #safeUntil = 0;
  /** What comes after the head was stored after this, in milliseconds by the server's clock. */
  #headStoredAt = 0;
  /** A subject may have pushed out what was not yet delivered. */
  #crowded = false;
  #beginning = false;
  /** The delivery under way is not what is wanted. */
  #outdated = false;
  #unwanted = 0;
  /** How far somebody waits for the head to come. */
  #awaited = 0;
  #hurrying = false;
  readonly #pause = new Pause();
  readonly #begun = new Moment();
  #ended = false;

  constructor(link: Link, session: Session, stream: FollowedStream, interest: Interest) {
    this.#link = link;
    this.#session = session;
    this.#stream = stream;
    this.#interest = interest;
  }

  async begin(): Promise<void> {
    try {
      await this.#survey();
      if (!this.#ended) await this.#deliver();
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    this.#ended = true;
    this.#begun.come();
    this.#pause.end();
    this.#delivery?.end();
  }

  want(channel: Channel): void {
    if (!this.#begun.hasCome || this.#isAlways(channel)) return;
    if (this.#interest.isNarrow) this.#deliverAgain();
    else this.#stream.followEverything();
  }

  forget(channel: Channel): void {
    this.#covered.delete(channel);
    this.#stream.followed?.index.forget(channel);
  }

  async cover(channels: Iterable<Channel>): Promise<void> {
    await this.#begun.promise;
    if (this.#ended) return;
    await Promise.all(
      [...channels].filter((channel) => !this.#isAlways(channel)).map((channel) => this.#cover(channel)),
    );
  }

  hurry(sequence: number): void {
    this.#awaited = Math.max(this.#awaited, sequence);
    if (this.#hurrying || !this.#begun.hasCome) return;
    this.#hurrying = true;
    this.#lookOn()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#hurrying = false;
      });
  }

  async #survey(): Promise<void> {
    const channels = [...this.#interest.channels];
    const { index, head } = await backfill(
      this.#link,
      this.#session,
      (delivery) => {
        this.#delivery = delivery;
      },
      this.#interest.subjects,
    );
    if (this.#ended) return;
    for (const channel of channels) {
      if (this.#interest.has(channel)) this.#covered.set(channel, Promise.resolve());
      else index.forget(channel);
    }
    this.#stream.begin({ epoch: this.#session.epoch, index, whole: false, head });
    this.#begun.come();
  }

  get #head(): number {
    return this.#stream.followed!.head;
  }

  #isAlways(channel: Channel): boolean {
    const { subjects } = this.#link;
    return subjects.always.includes(subjects.of([channel]));
  }

  #deliverAgain(): void {
    this.#deliver().catch((error: unknown) => this.#fail(error));
  }

  /** From the head on, what is wanted now. Until that has begun nothing comes, so that the head stays. */
  async #deliver(): Promise<void> {
    this.#delivery?.end();
    this.#held = [];
    this.#outdated = true;
    if (this.#beginning) return;
    this.#beginning = true;
    try {
      while (this.#outdated && !this.#ended) {
        // What else is wanted in this turn comes with it.
        await Promise.resolve();
        this.#outdated = false;
        this.#unwanted = 0;
        await this.#newDelivery().begin({
          from: this.#head + 1,
          headersOnly: false,
          subjects: this.#interest.subjects,
        });
      }
    } finally {
      this.#beginning = false;
    }
  }

  #newDelivery(): Delivery {
    const { max_msgs_per_subject: mostOfSubject } = this.#session.info.config;
    this.#delivery = new Delivery(this.#link, this.#session, {
      message: (sequence, message, pending, storedAt) => {
        this.#crowded ||= mostOfSubject > 0 && pending + 1 >= mostOfSubject;
        this.#hold({ sequence, message, storedAt });
      },
      idle: (sequence) => this.#hold({ sequence }),
      broken: (error) => this.#fail(error),
    });
    return this.#delivery;
  }

  #hold(held: Held): void {
    if (held.sequence <= this.#head) return;
    this.#held.push(held);
    if (this.#checking) return;
    if (this.#isSafe) this.#release();
    else void this.#check();
  }

  get #isSafe(): boolean {
    return !this.#crowded && performance.now() < this.#safeUntil;
  }

  async #check(): Promise<void> {
    this.#checking = true;
    try {
      while (this.#held.length > 0 && !this.#ended) await this.#checkOnce();
    } catch (error) {
      this.#fail(error);
    }
    this.#checking = false;
  }

  /** What came before the stream was asked was taken from it before that, too. */
  async #checkOnce(): Promise<void> {
    const asked = { head: this.#head, held: this.#held, count: this.#held.length, at: performance.now() };
    const crowded = this.#crowded;
    this.#crowded = false;
    const info = await this.#session.jsm.streams.info(this.#link.settings.stream);
    const evicted =
      info.state.first_seq > asked.head + 1 ||
      (crowded && (await hasPushedOut(this.#link, this.#session, this.#interest.subjects, asked.head)));
    if (this.#ended) return;
    if (evicted) {
      this.#stream.followEverything();
      return;
    }
    this.#safeUntil = asked.at + safeTime(info, asked.head, this.#headStoredAt);
    if (asked.held !== this.#held) return;
    this.#release(asked.count);
    if (this.#isSafe) this.#release();
  }

  /** Hands over what is held, unless its delivery is replaced meanwhile. */
  #release(count = Number.POSITIVE_INFINITY): void {
    const held = this.#held;
    for (let left = count; left > 0 && held.length > 0 && held === this.#held && !this.#ended; left -= 1) {
      const { sequence, message, storedAt = this.#headStoredAt } = held.shift()!;
      this.#headStoredAt = storedAt;
      if (message !== undefined && this.#isWanted(message)) this.#stream.take(sequence, message);
      else this.#stream.pass(sequence);
    }
    if (this.#unwanted >= mostUnwanted) this.#deliverAgain();
  }

  #isWanted({ subject }: StoredMessage): boolean {
    const channel = this.#link.subjects.channelOf(subject);
    if (channel === undefined || channel === "shared" || channel === everyone) return true;
    if (this.#interest.has(channel)) return true;
    this.#unwanted += 1;
    return false;
  }

  #cover(channel: Channel): Promise<void> {
    const covered = this.#covered.get(channel) ?? this.#adopt(channel);
    this.#covered.set(channel, covered);
    covered.catch(() => this.#covered.delete(channel));
    return covered;
  }

  /** What has come since the channel is wanted is listed already: what was in the stream before is added. */
  async #adopt(channel: Channel): Promise<void> {
    const { index } = this.#stream.followed!;
    const since = this.#interest.since(channel)!;
    const subject = this.#link.subjects.of([channel]);
    const { sequences, lost } = await backfillSubject(this.#link, this.#session, subject, since);
    index.adopt(channel, sequences, lost);
  }

  /** What is not wanted makes a server look on only with its heartbeat, or when a delivery begins. */
  async #lookOn(): Promise<void> {
    for (let times = 0; times < patience.times; times += 1) {
      // The consumer may have been replaced.
      await this.#delivery?.askIdle().catch(() => {});
      if (this.#ended || this.#head >= this.#awaited) return;
      if (times % patience.lookEvery === 0) await this.#deliver();
      else await this.#pause.wait(patience.interval);
    }
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    if (error instanceof FilterIgnored) this.#stream.followEverything();
    else this.#link.doubt(this.#session, error);
  }
}
