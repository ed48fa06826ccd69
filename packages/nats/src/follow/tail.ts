import { SseError } from "@sse/core";
import type { LogFollower } from "@sse/hub/log";
import { within } from "../async.js";
import { type Link, type Session, unavailable } from "../connection/link.js";
import { addressees, decodeEntry, type StoredMessage } from "../entry-codec.js";
import { positionOf } from "../position.js";
import type { StreamIndex } from "../stored/stream-index.js";
import { Followers } from "./followers.js";
import { HeadWaiters } from "./head-waiters.js";
import { StreamFollower, type StreamListener } from "./stream-follower.js";

/** The part of an epoch that has been followed. */
export interface Followed {
  readonly epoch: string;
  readonly index: StreamIndex;
  /** Everything up to this sequence has been given to the followers and is in the index. */
  head: number;
}

/** After this many entries the index drops what the stream has evicted at its beginning. */
const trimInterval = 1_024;

/** Follows the stream once for all followers of a log object, and keeps the index that reads use. */
export class Tail implements StreamListener {
  readonly #link: Link;
  readonly #followers = new Followers();
  readonly #waiters = new HeadWaiters();
  #unwatch: (() => void) | undefined;
  #followed: Followed | undefined;
  /** Follows the stream in the current session. */
  #follower: StreamFollower | undefined;
  #sinceTrim = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * Resolves to the followed state once it has reached a sequence of an epoch.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `closed`.
   */
  async through(epoch: string, sequence: number): Promise<Followed> {
    this.#start();
    const followed = this.#followed;
    if (followed?.epoch === epoch && followed.head >= sequence) return followed;
    const timeout = new AbortController();
    const reached = this.#waiters.wait(epoch, sequence, timeout.signal);
    return within(this.#link.settings.commandTimeout, reached, "the stream was not followed that far in time")
      .catch((error: unknown) => {
        throw unavailable(error);
      })
      .finally(() => timeout.abort());
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
    this.#unwatch?.();
    this.#unwatch = () => {};
    this.#stop();
    this.#followers.clear();
    this.#waiters.rejectAll(new SseError("closed", "this log has been closed"));
  }

  get followed(): Followed | undefined {
    return this.#followed;
  }

  begin(followed: Followed): void {
    this.#followed = followed;
    this.#followers.reset(positionOf(followed.epoch, followed.head));
    this.#waiters.rejectOtherEpochs(followed.epoch, otherEpoch());
    this.#waiters.advance(followed);
  }

  take(sequence: number, message: StoredMessage): void {
    const followed = this.#followed!;
    const { subjects } = this.#link;
    const addressed = addressees(message, subjects);
    const entry = decodeEntry(message, subjects);
    followed.head = sequence;
    this.#link.saw(followed.epoch, sequence);
    const position = positionOf(followed.epoch, sequence);
    if (addressed !== undefined && entry !== undefined) {
      followed.index.add(sequence, addressed);
      this.#followers.entry({ ...entry, position });
    } else {
      if (message.subject !== subjects.mark) this.#followers.error(foreign(message.subject, sequence));
      this.#followers.passed(position);
    }
    this.#waiters.advance(followed);
    this.#trim(followed);
  }

  skipTo(sequence: number): void {
    const followed = this.#followed!;
    followed.index.lose(sequence);
    followed.head = sequence;
    this.#followers.reset(positionOf(followed.epoch, sequence));
    this.#waiters.advance(followed);
  }

  #start(): void {
    this.#unwatch ??= this.#link.watch({
      up: (session) => this.#run(session),
      down: (error) => {
        this.#stop();
        this.#followers.error(error);
      },
    });
  }

  #run(session: Session): void {
    this.#stop();
    const follower = new StreamFollower(this.#link, session, this);
    this.#follower = follower;
    follower.begin().catch((error: unknown) => {
      if (follower === this.#follower) this.#link.doubt(session, error);
    });
  }

  #stop(): void {
    this.#follower?.end();
    this.#follower = undefined;
  }

  /** A later follower starts at the head of the stream at that moment, which may be ahead of what has been followed. */
  async #join(follower: LogFollower, joining: { stopped: boolean }): Promise<void> {
    try {
      const { jsm, epoch } = await this.#link.ready();
      const { state } = await jsm.streams.info(this.#link.settings.stream);
      await this.through(epoch, state.last_seq);
    } catch {
      // Without a link it starts at what has been followed, and receives what comes after.
    }
    if (joining.stopped || this.#link.isClosed) return;
    const { epoch, head } = this.#followed!;
    follower.reset(positionOf(epoch, head));
    this.#followers.add(follower);
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

/** The rejection of a read whose position is in an epoch that has ended. */
export function otherEpoch(): SseError {
  return new SseError("log-unavailable", "the log began a new epoch; what is read here is of an earlier one");
}

function foreign(subject: string, sequence: number): SseError {
  return new SseError(
    "invalid-event",
    `message ${sequence} on ${subject} is no entry of a hub and is left out; publish through a hub, or to another subject`,
  );
}
