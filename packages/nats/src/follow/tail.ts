import type { StreamInfo } from "@nats-io/jetstream";
import { withTimeout } from "@sse/core/internal";
import { formatTagged, type LogFollower, logClosed, type Position } from "@sse/hub/log";
import type { Link } from "../connection/link.js";
import type { Session } from "../connection/session.js";
import { leaderInfo } from "../connection/stream.js";
import { addressees, canRead, decodeEntry, type StoredMessage, tagOf } from "../entry-codec.js";
import { foreignMessage, newerEntry, otherEpoch, unavailable } from "../errors.js";
import type { Listing } from "./backfill.js";
import type { Followed, FoundMessage } from "./followed.js";
import { Followers } from "./followers.js";
import { HeadWaiters } from "./head-waiters.js";
import { StreamFollower, type StreamListener } from "./stream-follower.js";

/** Observes what the stream has, beside the followers. */
export interface TailObserver {
  /**
   * The stream was listed: `found` has its messages, and `serverTime` is the server's time then.
   */
  listed(followed: Followed, found: readonly FoundMessage[], serverTime: number): void;
  /** A message was received. Returns true if it is no entry and has been processed. */
  received(followed: Followed, found: FoundMessage): boolean;
}

/**
 * Follows the stream once for all followers of a log object, and keeps the index that reads use.
 */
export class Tail implements StreamListener {
  readonly #link: Link;
  readonly #observer: TailObserver | undefined;
  readonly #followers = new Followers();
  readonly #waiters = new HeadWaiters();
  #unwatch: (() => void) | undefined;
  #followed: Followed | undefined;
  /** Follows the stream in the current session. */
  #follower: StreamFollower | undefined;
  /** The followed head at the last check, while the stream was ahead of it. */
  #lateHead: number | undefined;
  #reportedNewer = false;
  #closed = false;

  constructor(link: Link, observer?: TailObserver) {
    this.#link = link;
    this.#observer = observer;
  }

  /**
   * Resolves to the followed state once it has reached a sequence of an epoch.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  async through(epoch: string, sequence: number): Promise<Followed> {
    if (this.#closed) throw logClosed();
    this.#start();
    const followed = this.#followed;
    if (followed?.epoch === epoch && followed.head >= sequence) return followed;
    const { commandTimeout, clock } = this.#link.settings;
    const waiting = new AbortController();
    try {
      return await withTimeout(this.#waiters.wait(epoch, sequence, waiting.signal), {
        milliseconds: commandTimeout,
        timers: clock,
        onTimeout: () => new Error("the stream was not followed that far in time"),
      });
    } catch (error) {
      throw unavailable(error);
    } finally {
      waiting.abort();
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

  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    this.#stop();
    this.#followers.clear();
    this.#waiters.rejectAll(logClosed());
  }

  get followed(): Followed | undefined {
    return this.#followed;
  }

  begin({ followed, found, serverTime }: Listing): void {
    this.#followed = followed;
    this.#observer?.listed(followed, found, serverTime);
    this.#followers.reset(this.#headPosition());
    this.#waiters.rejectOtherEpochs(followed.epoch, otherEpoch());
    this.#waiters.advance(followed);
  }

  receive(sequence: number, message: StoredMessage): void {
    const followed = this.#followed!;
    const { subjects, seen } = this.#link;
    const tag = tagOf(message);
    followed.head = sequence;
    followed.tags.add(sequence, tag);
    seen.record(followed.epoch, sequence, tag);
    const addressed = addressees(message, subjects);
    const entry = decodeEntry(message, subjects);
    if (addressed !== undefined && entry !== undefined) {
      followed.index.add(sequence, addressed);
      this.#observer?.received(followed, { sequence, message });
      // The other way round V8 would give each entry a shape of its own, which slows what reads it.
      this.#followers.entry({ position: this.#headPosition(), ...entry });
    } else if (this.#observer?.received(followed, { sequence, message }))
      this.#followers.passed(this.#headPosition());
    else this.#passOver(sequence, message);
    this.#waiters.advance(followed);
  }

  skipTo(sequence: number): void {
    const followed = this.#followed!;
    followed.index.evictThrough(sequence);
    followed.head = sequence;
    this.#followers.reset(this.#headPosition());
    this.#waiters.advance(followed);
  }

  #start(): void {
    this.#unwatch ??= this.#link.watch({
      up: (session) => this.#run(session),
      down: (error) => {
        this.#stop();
        this.#followers.error(error);
      },
      checked: (info) => this.#check(info),
      warned: (warning) => this.#followers.error(warning),
    });
  }

  #run(session: Session): void {
    this.#stop();
    const follower = new StreamFollower(this.#link, session, this);
    this.#follower = follower;
    follower.start().catch((error: unknown) => {
      if (follower === this.#follower) this.#link.invalidate(session, error);
    });
  }

  #stop(): void {
    this.#follower?.end();
    this.#follower = undefined;
    this.#lateHead = undefined;
  }

  /**
   * Drops what the stream has evicted, and notices a consumer that does not deliver although its
   * server is alive.
   */
  #check({ state }: StreamInfo): void {
    const followed = this.#followed;
    const { session } = this.#link;
    if (followed === undefined || session === undefined || followed.epoch !== session.epoch) return;
    followed.index.dropBefore(state.first_seq);
    const late = state.last_seq > followed.head ? followed.head : undefined;
    if (late !== undefined && late === this.#lateHead)
      this.#link.invalidate(session, new Error("the stream has messages that its consumer does not deliver"));
    this.#lateHead = late;
  }

  /**
   * Moves past a message that is no entry that can be read. One of a later version counts as
   * evicted.
   */
  #passOver(sequence: number, message: StoredMessage): void {
    if (!canRead(message)) {
      if (!this.#reportedNewer) this.#followers.error(newerEntry(sequence));
      this.#reportedNewer = true;
      this.#followed!.index.evictThrough(sequence);
      this.#followers.reset(this.#headPosition());
      return;
    }
    if (message.subject !== this.#link.subjects.probe)
      this.#followers.error(foreignMessage(message.subject, sequence));
    this.#followers.passed(this.#headPosition());
  }

  /**
   * A later follower starts at the head of the stream at that moment, which may be ahead of what
   * was followed.
   */
  async #join(follower: LogFollower, joining: { stopped: boolean }): Promise<void> {
    try {
      const { nc, jsm, epoch } = await this.#link.ready();
      const { state } = await leaderInfo(nc, jsm, this.#link.settings.stream);
      await this.through(epoch, state.last_seq);
    } catch {
      // During an outage it starts at what was followed, and receives what is appended after.
    }
    if (joining.stopped || this.#closed) return;
    follower.reset(this.#headPosition());
    this.#followers.add(follower);
  }

  #headPosition(): Position {
    const { epoch, head, tags } = this.#followed!;
    return formatTagged(epoch, head, tags.get(head));
  }
}
