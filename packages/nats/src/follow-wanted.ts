import { type Channel, everyone } from "@sse/hub";
import { backfill, backfillSubject } from "./backfill.js";
import { Delivery, FilterIgnored } from "./delivery.js";
import type { StoredMessage } from "./entry-codec.js";
import type { FollowedStream, Following } from "./following.js";
import { type Arrival, Intake } from "./intake.js";
import type { Interest } from "./interest.js";
import type { Link, Session } from "./link.js";
import { Moment, Pause } from "./timing.js";

/** So many messages that nobody wants any more are received before the server is told. */
const mostUnwanted = 100;

/** How often the server is asked how far it has looked, with so many milliseconds between; and how often it is made to look. */
const patience = { times: 60, interval: 10, lookEvery: 4 };

/** Follows only what is wanted, by one consumer for its subjects, which is made anew after the head when more is wanted. */
export class FollowWanted implements Following {
  readonly #link: Link;
  readonly #session: Session;
  readonly #stream: FollowedStream;
  readonly #interest: Interest;
  /** The channels that the index lists, or is about to. */
  readonly #covered = new Map<Channel, Promise<void>>();
  #delivery: Delivery | undefined;
  readonly #intake: Intake;
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
    this.#intake = new Intake(link, session, {
      head: () => this.#head,
      subjects: () => interest.subjects,
      arrived: (arrival) => this.#handOver(arrival),
      evicted: () => stream.followEverything(),
      failed: (error) => this.#fail(error),
    });
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
    this.#intake.end();
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
    this.#intake.clear();
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
    this.#delivery = new Delivery(this.#link, this.#session, {
      message: (sequence, message, pending, storedAt) =>
        this.#intake.add({ sequence, message, storedAt }, pending),
      idle: (sequence) => this.#intake.add({ sequence }),
      broken: (error) => this.#fail(error),
    });
    return this.#delivery;
  }

  #handOver({ sequence, message }: Arrival): void {
    if (message !== undefined && this.#isWanted(message)) this.#stream.take(sequence, message);
    else this.#stream.pass(sequence);
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
