import { SseError } from "@sse/core";
import type { Channel, LogEntry, LogFollower, WantedChannel } from "@sse/hub/log";
import { within } from "../async.js";
import { type Link, type Session, unavailable } from "../connection/link.js";
import { addressees, decodeEntry, type StoredMessage } from "../entry-codec.js";
import { positionOf } from "../position.js";
import { canTellEvictions } from "./eviction-marks.js";
import { FollowEverything } from "./follow-all.js";
import { FollowWanted } from "./follow-filtered.js";
import type { Followed, FollowedStream, Following } from "./follow-strategy.js";
import { Interest } from "./interest.js";
import { canFilter } from "./ordered-consumer.js";

/** After so many entries the index is told what the stream has dropped at its beginning. */
const trimInterval = 1_024;

interface Waiter {
  readonly epoch: string;
  readonly sequence: number;
  resolve(followed: Followed): void;
  reject(error: unknown): void;
}

/** Follows the stream from when it is first wanted: the followers of a log object share it, and it keeps the index that reads go by. */
export class Tail implements FollowedStream {
  readonly #link: Link;
  readonly #interest: Interest;
  readonly #followers = new Set<LogFollower>();
  readonly #waiters = new Set<Waiter>();
  #unwatch: (() => void) | undefined;
  #followed: Followed | undefined;
  /** How the stream is followed in the session of this moment. */
  #following: Following | undefined;
  #sinceTrim = 0;

  constructor(link: Link) {
    this.#link = link;
    this.#interest = new Interest(link.subjects);
  }

  /** The followed state, once everything up to a sequence of an epoch is in it, and these channels are. */
  async through(epoch: string, sequence: number, channels: ReadonlySet<Channel>): Promise<Followed> {
    this.#start();
    // Who reads a channel reads it again.
    if (this.#interest.isDeclared) for (const channel of channels) this.want(channel).release();
    for (;;) {
      const followed = await this.#reach(epoch, sequence);
      const following = this.#following;
      await this.#cover(following, channels);
      if (following === this.#following && followed === this.#followed) return followed;
    }
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

  want(channel: Channel): WantedChannel {
    const interest = this.#interest;
    this.#expire();
    if (interest.add(channel, this.#followed?.head ?? 0)) this.#following?.want(channel);
    const followed = this.#followed;
    const since = followed?.listed === undefined ? "" : positionOf(followed.epoch, interest.since(channel)!);
    let held = true;
    return {
      since,
      release() {
        if (held) interest.release(channel);
        held = false;
      },
    };
  }

  /** The stream has come to a sequence of an epoch, and somebody may wait for it. */
  hurry(epoch: string, sequence: number): void {
    if (this.#followed?.epoch === epoch && this.#followed.head < sequence) this.#following?.hurry(sequence);
  }

  close(): void {
    this.#unwatch?.();
    this.#unwatch = () => {};
    this.#stop();
    this.#followers.clear();
    const closed = new SseError("closed", "this log has been closed");
    for (const waiter of this.#waiters) waiter.reject(closed);
    this.#waiters.clear();
  }

  get followed(): Followed | undefined {
    return this.#followed;
  }

  begin(followed: Followed): void {
    this.#followed = followed;
    this.#interest.restart(followed.head);
    this.#resetFollowers(followed);
    for (const waiter of this.#waiters)
      if (waiter.epoch !== followed.epoch) this.#settle(waiter, () => waiter.reject(otherEpoch()));
    this.#wake(followed);
  }

  take(sequence: number, message: StoredMessage): void {
    const followed = this.#followed!;
    const { subjects } = this.#link;
    if (message.subject === subjects.mark) {
      this.pass(sequence);
      return;
    }
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
    this.#trim(followed);
    this.#expire();
  }

  pass(sequence: number): void {
    const followed = this.#followed!;
    if (sequence <= followed.head) return;
    followed.head = sequence;
    this.#link.saw(followed.epoch, sequence);
    for (const follower of this.#followers) follower.passed(positionOf(followed.epoch, sequence));
    this.#wake(followed);
    this.#expire();
  }

  skipTo(sequence: number): void {
    const followed = this.#followed!;
    followed.index.lose(sequence);
    followed.head = sequence;
    this.#resetFollowers(followed);
    this.#wake(followed);
  }

  followEverything(): void {
    const { session } = this.#link;
    if (session !== undefined) this.#run(session, new FollowEverything(this.#link, session, this));
  }

  #start(): void {
    this.#unwatch ??= this.#link.watch({
      up: (session) => this.#run(session, this.#wayToFollow(session)),
      down: (error) => {
        this.#stop();
        for (const follower of this.#followers) follower.error(error);
      },
    });
  }

  #wayToFollow(session: Session): Following {
    const { isDeclared, isNarrow } = this.#interest;
    const { settings } = this.#link;
    // An index of everything is not given up within an epoch: what is lost then is known best.
    const isWhole = this.#followed?.epoch === session.epoch && this.#followed.listed === undefined;
    const selects =
      !isWhole &&
      settings.follow === "wanted" &&
      isDeclared &&
      isNarrow &&
      canTellEvictions(settings) &&
      canFilter(session);
    return selects
      ? new FollowWanted(this.#link, session, this, this.#interest)
      : new FollowEverything(this.#link, session, this);
  }

  #run(session: Session, following: Following): void {
    this.#stop();
    this.#following = following;
    following.begin().catch((error: unknown) => {
      if (following === this.#following) this.#link.doubt(session, error);
    });
  }

  /** What nobody has wanted for a while is not listed any more. */
  #expire(): void {
    for (const channel of this.#interest.expire()) {
      if (this.#followed?.listed === undefined) continue;
      this.#followed.listed.delete(channel);
      this.#followed.index.forget(channel);
    }
  }

  #stop(): void {
    this.#following?.end();
    this.#following = undefined;
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
      await this.#reach(epoch, state.last_seq);
    } catch {
      // There is no link: it begins at what has been followed, and is given what comes after.
    }
    if (joining.stopped || this.#link.isClosed) return;
    const { epoch, head } = this.#followed!;
    follower.reset(positionOf(epoch, head));
    this.#followers.add(follower);
  }

  /** @throws {SseError} `log-unavailable`. */
  async #cover(following: Following | undefined, channels: ReadonlySet<Channel>): Promise<void> {
    if (following === undefined) throw unavailable(new Error("the server has gone"));
    const { commandTimeout } = this.#link.settings;
    try {
      await within(commandTimeout, following.cover(channels), "what is held was not listed in time");
    } catch (error) {
      // If following has begun anew, so does who waits for it.
      if (following === this.#following) throw unavailable(error);
    }
  }

  /** The followed state, once everything up to a sequence of an epoch is in it. */
  async #reach(epoch: string, sequence: number): Promise<Followed> {
    const followed = this.#followed;
    if (followed?.epoch === epoch && followed.head >= sequence) return followed;
    let waiter: Waiter | undefined;
    const reached = new Promise<Followed>((resolve, reject) => {
      waiter = { epoch, sequence, resolve, reject };
      this.#waiters.add(waiter);
    });
    this.hurry(epoch, sequence);
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

  #trim({ index }: Followed): void {
    this.#sinceTrim += 1;
    if (this.#sinceTrim < trimInterval) return;
    this.#sinceTrim = 0;
    this.#link.session?.jsm.streams.info(this.#link.settings.stream).then(
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
