import { SseError } from "@sse/core";
import type { LogEntry, LogFollower } from "@sse/hub";
import { backfill } from "./backfill.js";
import { Delivery } from "./delivery.js";
import { addressees, decodeEntry, type StoredMessage } from "./entry-codec.js";
import type { Link, Session } from "./link.js";
import { unavailable } from "./link.js";
import { positionOf } from "./position.js";
import type { StreamIndex } from "./stream-index.js";
import { within } from "./timing.js";

/** After so many entries the index is told what the stream has dropped at its beginning. */
const trimInterval = 1_024;

/** What has been followed of one epoch. */
interface Followed {
  readonly epoch: string;
  readonly index: StreamIndex;
  /** Everything up to this sequence has been given to the followers and is in the index. */
  head: number;
}

interface Waiter {
  readonly epoch: string;
  readonly sequence: number;
  resolve(followed: Followed): void;
  reject(error: unknown): void;
}

/** Follows the stream from when it is first wanted: the followers of a log object share it, and it keeps the index that reads go by. */
export class Tail {
  readonly #link: Link;
  readonly #followers = new Set<LogFollower>();
  readonly #waiters = new Set<Waiter>();
  #unwatch: (() => void) | undefined;
  #followed: Followed | undefined;
  #delivery: Delivery | undefined;
  /** Counts sessions, so that what was begun in an earlier one comes to nothing. */
  #turn = 0;
  #sinceTrim = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The followed state, once everything up to a sequence of an epoch is in it. */
  async through(epoch: string, sequence: number): Promise<Followed> {
    this.#start();
    const followed = this.#followed;
    if (followed?.epoch === epoch && followed.head >= sequence) return followed;
    return this.#wait(epoch, sequence);
  }

  follow(follower: LogFollower): () => void {
    this.#start();
    const joining = { stopped: false };
    if (this.#followed === undefined) this.#followers.add(follower);
    else void this.#join(follower, joining);
    return () => {
      joining.stopped = true;
      this.#followers.delete(follower);
    };
  }

  close(): void {
    this.#turn += 1;
    this.#unwatch?.();
    this.#unwatch = () => {};
    this.#delivery?.end();
    this.#followers.clear();
    const closed = new SseError("closed", "this log has been closed");
    for (const waiter of this.#waiters) waiter.reject(closed);
    this.#waiters.clear();
  }

  #start(): void {
    this.#unwatch ??= this.#link.watch({
      up: (session) => void this.#open(session),
      down: (error) => {
        this.#turn += 1;
        this.#delivery?.end();
        for (const follower of this.#followers) follower.error(error);
      },
    });
  }

  async #open(session: Session): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.#delivery?.end();
    try {
      if (this.#followed?.epoch !== session.epoch) {
        const index = await backfill(this.#link, session, (delivery) => {
          this.#delivery = delivery;
        });
        if (turn !== this.#turn) return;
        this.#begin({ epoch: session.epoch, index, head: session.info.state.last_seq });
      }
      await this.#deliver(session, turn);
    } catch (error) {
      if (turn === this.#turn) this.#link.doubt(session, error);
    }
  }

  #begin(followed: Followed): void {
    this.#followed = followed;
    this.#resetFollowers(followed);
    for (const waiter of this.#waiters)
      if (waiter.epoch !== followed.epoch) this.#settle(waiter, () => waiter.reject(otherEpoch()));
    this.#wake(followed);
  }

  async #deliver(session: Session, turn: number): Promise<void> {
    const followed = this.#followed!;
    const { first_seq, last_seq } = session.info.state;
    followed.index.dropBefore(first_seq);
    let came = false;
    const delivery = new Delivery(this.#link, session, {
      message: (sequence, message) => {
        came = true;
        this.#take(followed, sequence, message, session);
      },
      broken: (error) => this.#link.doubt(session, error),
    });
    this.#delivery = delivery;
    const pending = await delivery.begin({ from: followed.head + 1, headersOnly: false });
    if (turn !== this.#turn) return;
    // All that came during an outage may be gone already.
    if (pending === 0 && !came && last_seq > followed.head) this.#skipTo(followed, last_seq);
  }

  #take(followed: Followed, sequence: number, message: StoredMessage, session: Session): void {
    if (sequence <= followed.head) return;
    if (sequence > followed.head + 1) this.#skipTo(followed, sequence - 1);
    const { subjects } = this.#link;
    const addressed = addressees(message, subjects);
    const entry = decodeEntry(message, subjects);
    followed.head = sequence;
    this.#link.saw(followed.epoch, sequence);
    if (addressed === undefined || entry === undefined) {
      this.#report(foreign(message.subject, sequence));
    } else {
      followed.index.add(sequence, addressed);
      this.#give({ ...entry, position: positionOf(followed.epoch, sequence) });
    }
    this.#wake(followed);
    this.#trim(followed, session);
  }

  /** What lies between was evicted before it could be followed, and nobody knows for which channels it was. */
  #skipTo(followed: Followed, sequence: number): void {
    followed.index.lose(sequence);
    followed.head = sequence;
    this.#resetFollowers(followed);
    this.#wake(followed);
  }

  #resetFollowers({ epoch, head }: Followed): void {
    for (const follower of this.#followers) follower.reset(positionOf(epoch, head));
  }

  #give(entry: LogEntry): void {
    for (const follower of this.#followers) follower.entries([entry]);
  }

  #report(error: unknown): void {
    for (const follower of this.#followers) follower.error(error);
  }

  /** A later follower begins at the head of the stream at that moment, which may be ahead of what has been followed. */
  async #join(follower: LogFollower, joining: { stopped: boolean }): Promise<void> {
    try {
      const { jsm, epoch } = await this.#link.ready();
      const { state } = await jsm.streams.info(this.#link.settings.stream);
      await this.through(epoch, state.last_seq);
    } catch {
      // There is no link: it begins at what has been followed, and is given what comes after.
    }
    if (joining.stopped || this.#link.isClosed) return;
    const { epoch, head } = this.#followed!;
    follower.reset(positionOf(epoch, head));
    this.#followers.add(follower);
  }

  #wait(epoch: string, sequence: number): Promise<Followed> {
    let waiter: Waiter | undefined;
    const reached = new Promise<Followed>((resolve, reject) => {
      waiter = { epoch, sequence, resolve, reject };
      this.#waiters.add(waiter);
    });
    return within(this.#link.settings.commandTimeout, reached, "the stream was not followed that far in time")
      .catch((error: unknown) => {
        throw unavailable(error);
      })
      .finally(() => this.#waiters.delete(waiter!));
  }

  #wake(followed: Followed): void {
    for (const waiter of this.#waiters)
      if (waiter.epoch === followed.epoch && waiter.sequence <= followed.head)
        this.#settle(waiter, () => waiter.resolve(followed));
  }

  #settle(waiter: Waiter, settle: () => void): void {
    this.#waiters.delete(waiter);
    settle();
  }

  #trim({ index }: Followed, { jsm }: Session): void {
    this.#sinceTrim += 1;
    if (this.#sinceTrim < trimInterval) return;
    this.#sinceTrim = 0;
    jsm.streams.info(this.#link.settings.stream).then(
      ({ state }) => index.dropBefore(state.first_seq),
      () => {}, // the next one will do
    );
  }
}

/** The rejection of a read whose place is in a life of the log that has ended. */
export function otherEpoch(): SseError {
  return new SseError("log-unavailable", "the log began a new epoch; what is read here is of an earlier one");
}

function foreign(subject: string, sequence: number): SseError {
  return new SseError(
    "invalid-event",
    `message ${sequence} on ${subject} is no entry of a hub and is left out; publish through a hub, or to another subject`,
  );
}
