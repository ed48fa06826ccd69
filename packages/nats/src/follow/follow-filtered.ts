import { type Channel, everyone } from "@sse/hub/log";
import { Beginning, Pause } from "../async.js";
import type { Link, Session } from "../connection/link.js";
import type { StoredMessage } from "../entry-codec.js";
import { backfill, backfillSubject } from "./backfill.js";
import { type Arrival, Intake } from "./eviction-guard.js";
import type { Followed, FollowedStream, Following } from "./follow-strategy.js";
import type { Interest } from "./interest.js";
import { Delivery, FilterIgnored } from "./ordered-consumer.js";

/** So many messages that nobody wants any more are received before the server is told. */
const mostUnwanted = 100;

/** How often a server is asked how far it has looked, and the milliseconds between two questions, and between two times that it is made to look. */
const looking = { times: 100, interval: 10, pause: 100 };

/** Follows only what is wanted, by one consumer for its subjects, which is made anew after the head when more is wanted. */
export class FollowWanted implements Following {
  readonly #link: Link;
  readonly #session: Session;
  readonly #stream: FollowedStream;
  readonly #interest: Interest;
  readonly #beginning = new Beginning();
  /** The channels that the index is about to list. */
  readonly #adopting = new Map<Channel, Promise<void>>();
  #delivery: Delivery | undefined;
  readonly #intake: Intake;
  #renewing = false;
  /** The delivery under way is not what is wanted. */
  #outdated = false;
  /** There was no room for what was delivered. */
  #stopped = false;
  #unwanted = 0;
  /** How far somebody waits for the head to come. */
  #awaited = 0;
  #looking = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #pause = new Pause();

  constructor(link: Link, session: Session, stream: FollowedStream, interest: Interest) {
    this.#link = link;
    this.#session = session;
    this.#stream = stream;
    this.#interest = interest;
    this.#intake = new Intake(link, session, {
      head: () => this.#head,
      arrived: (arrival) => this.#handOver(arrival),
      emptied: () => this.#resume(),
      evicted: () => stream.followEverything(),
      failed: (error) => this.#fail(error),
    });
  }

  async begin(): Promise<void> {
    try {
      const { followed } = this.#stream;
      if (followed?.epoch === this.#session.epoch && followed.listed !== undefined)
        followed.index.dropBefore(this.#session.info.state.first_seq);
      else await this.#survey();
      this.#beginning.done();
      await this.#deliver();
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    this.#beginning.end();
    this.#pause.end();
    this.#intake.end();
    this.#delivery?.end();
  }

  want(channel: Channel): void {
    if (!this.#beginning.isDone || this.#isAlways(channel)) return;
    if (this.#interest.isNarrow) this.#deliverAgain();
    else this.#stream.followEverything();
  }

  async cover(channels: Iterable<Channel>): Promise<void> {
    await this.#beginning.promise;
    await Promise.all(
      [...channels].filter((channel) => !this.#isAlways(channel)).map((channel) => this.#cover(channel)),
    );
  }

  hurry(sequence: number): void {
    this.#awaited = Math.max(this.#awaited, sequence);
    if (this.#looking || !this.#beginning.isDone) return;
    this.#looking = true;
    this.#lookOn()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#looking = false;
      });
  }

  async #survey(): Promise<void> {
    const listed = new Set(this.#interest.channels);
    const { subjects } = this.#interest;
    const { index, head } = await backfill(this.#link, this.#session, this.#beginning.signal, subjects);
    for (const channel of listed) {
      if (this.#interest.has(channel)) continue;
      listed.delete(channel);
      index.forget(channel);
    }
    this.#stream.begin({ epoch: this.#session.epoch, index, listed, head });
  }

  get #ended(): boolean {
    return this.#beginning.signal.aborted;
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
    if (this.#renewing) return;
    this.#renewing = true;
    try {
      while (this.#outdated) {
        // What else is wanted in this turn comes with it.
        await Promise.resolve();
        if (this.#ended) return;
        this.#outdated = false;
        this.#stopped = false;
        this.#unwanted = 0;
        await this.#newDelivery().begin({
          from: this.#head + 1,
          headersOnly: false,
          subjects: this.#interest.subjects,
        });
      }
    } finally {
      this.#renewing = false;
    }
  }

  #newDelivery(): Delivery {
    const delivery = new Delivery(this.#link, this.#session, {
      message: (sequence, message) => {
        this.#intake.add({ sequence, message });
        if (!this.#intake.isFull) return;
        delivery.end();
        this.#stopped = true;
      },
      idle: (sequence) => this.#intake.add({ sequence }),
      broken: (error) => this.#fail(error),
    });
    this.#delivery = delivery;
    return delivery;
  }

  #resume(): void {
    if (this.#stopped) this.#deliverAgain();
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
    const followed = this.#stream.followed!;
    if (followed.listed?.has(channel)) return Promise.resolve();
    const adopting = this.#adopting.get(channel) ?? this.#adopt(channel, followed);
    this.#adopting.set(channel, adopting);
    return adopting;
  }

  /** What has come since the channel is wanted is listed already: what was in the stream before is added. */
  async #adopt(channel: Channel, { index, listed }: Followed): Promise<void> {
    const { signal } = this.#beginning;
    const since = this.#interest.since(channel)!;
    const subject = this.#link.subjects.of([channel]);
    try {
      const { sequences, lost } = await backfillSubject(this.#link, this.#session, subject, since, signal);
      signal.throwIfAborted();
      index.adopt(channel, sequences, lost);
      listed?.add(channel);
    } finally {
      this.#adopting.delete(channel);
    }
  }

  /** What is not wanted makes a server look on only with its heartbeat, or when a delivery begins. */
  async #lookOn(): Promise<void> {
    for (let times = 0; times < looking.times; times += 1) {
      // The consumer may have been replaced.
      await this.#delivery?.askIdle().catch(() => {});
      if (this.#ended || this.#head >= this.#awaited) return;
      if (performance.now() - this.#lookedAt >= looking.pause) {
        this.#lookedAt = performance.now();
        await this.#deliver();
      } else await this.#pause.wait(looking.interval);
    }
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    if (error instanceof FilterIgnored) this.#stream.followEverything();
    else this.#link.doubt(this.#session, error);
  }
}
