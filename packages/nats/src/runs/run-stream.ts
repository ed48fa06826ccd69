import { JetStreamApiCodes } from "@nats-io/jetstream";
import type { NewRunEntry, Position, RunChannel } from "@sse/hub/log";
import { Appender, positionOf } from "../appender.js";
import type { ConnectionSource, ReadConnection } from "../connection/connections.js";
import { storedMessage } from "../connection/history.js";
import type { Session } from "../connection/session.js";
import { type EncodedEntry, encodeEntry, isRelease, type StoredMessage } from "../entry-codec.js";
import { unavailable } from "../errors.js";
import type { Followed, FoundMessage } from "../follow/followed.js";
import type { TailObserver } from "../follow/tail.js";
import type { NatsLogSettings } from "../options.js";
import { StreamReads } from "../stream-reads.js";
import { runSubjectsOf, type Subjects } from "../subjects.js";
import { expectAfter, releaseOf, setTtl, ttlOf } from "./run-messages.js";
import { RunReleases } from "./run-releases.js";

/** The number of times that an entry is stored as the first of a run. */
const maxAttempts = 5;

/** Milliseconds before a release that failed is tried again. */
const retryDelay = 5_000;

/** Milliseconds for which the other instances can receive the message that ends a run. */
const purgeDelay = 1_000;

interface Stored {
  readonly sequence: number;
  readonly position: Position;
}

/**
 * The stream of a hub's runs. Every run has a subject, and each entry is stored only after the one
 * that was the subject's last. A run whose ttl has passed is ended by a message that is stored on
 * the same condition, so that no later append can succeed, and is purged then.
 */
export class RunStream implements TailObserver {
  readonly reads: StreamReads;
  readonly #appender: Appender;
  readonly #releases: RunReleases;
  readonly #subjects: Subjects;
  readonly #name: string;
  /** Purges the runs that this instance has ended, or found ended. */
  readonly #purges: RunReleases;
  /** The messages that ended runs, until this instance has purged them. */
  readonly #ends = new Map<RunChannel, { readonly epoch: string; readonly sequence: number }>();

  constructor(source: ConnectionSource, hub: NatsLogSettings, connection: ReadConnection) {
    this.#subjects = runSubjectsOf(hub.stream);
    this.#name = `${hub.stream}-runs`;
    const unlimited = Number.POSITIVE_INFINITY;
    const limits = { maxEvents: unlimited, maxEventsPerTopic: unlimited, maxBytes: unlimited };
    const settings = { ...hub, ...limits, maxAge: unlimited, stream: this.#name };
    this.#releases = new RunReleases(hub.clock, (channel) => void this.#release(channel));
    this.#purges = new RunReleases(hub.clock, (channel) => void this.#purge(channel));
    const subjects = this.#subjects;
    this.reads = new StreamReads({ source, settings, subjects, reads: connection, observer: this });
    this.#appender = new Appender(this.reads.link, this.reads.tail);
    // Runs are released also by an instance that only appends.
    this.reads.follow({ reset() {}, entries() {}, passed() {}, error() {} });
  }

  async ready(): Promise<Session> {
    return this.reads.link.ready();
  }

  async close(): Promise<void> {
    this.#releases.close();
    this.#purges.close();
    await this.reads.close();
  }

  /** Whether the entry at a sequence may have this tag, as far as it is known here. */
  mayBe({ epoch }: Session, sequence: number, tag: string | undefined): boolean {
    const { followed } = this.reads.tail;
    const known = followed?.epoch === epoch ? followed.tags.get(sequence) : undefined;
    return known === undefined || tag === undefined || known === tag;
  }

  /** Stores the first entry of a run; returns `undefined` if there is such a run. */
  async create(
    session: Session,
    channel: RunChannel,
    entry: NewRunEntry,
    ttl: number,
  ): Promise<Stored | undefined> {
    let last = 0;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const stored = await this.append(session, channel, entry, { last, ttl });
      if (stored !== undefined) return stored;
      const found = await this.reads.request(() => this.#lastOf(session, channel));
      if (found !== undefined && !isRelease(found.message)) return undefined;
      last = found?.sequence ?? 0;
    }
    return undefined;
  }

  /** Stores an entry after another one; returns `undefined` if that is not the run's last. */
  async append(
    session: Session,
    channel: RunChannel,
    entry: NewRunEntry,
    { last, ttl }: { readonly last: number; readonly ttl: number },
  ): Promise<Stored | undefined> {
    const encoded = encodeEntry({ channels: [channel], ...entry }, this.#subjects);
    setTtl(encoded, ttl);
    const sequence = await this.#storeAfter(session, last, encoded);
    if (sequence === undefined) return undefined;
    return { sequence, position: positionOf(session, { seq: sequence }, encoded) };
  }

  listed(followed: Followed, found: readonly FoundMessage[], serverTime: number): void {
    this.#releases.clear();
    for (const { sequence, message } of found) {
      const channel = this.#channelOf(message);
      if (channel === undefined) continue;
      if (isRelease(message)) {
        this.#ended(followed, channel, sequence);
        // The instance that ended this run may have died before it purged it.
        this.#purgeSoon(channel, followed.epoch, sequence);
      } else this.#releases.set(channel, message.storedAt + (ttlOf(message) ?? 0) - serverTime);
    }
  }

  received(followed: Followed, { sequence, message }: FoundMessage): boolean {
    const channel = this.#channelOf(message);
    if (channel === undefined) return false;
    const isEnd = isRelease(message);
    if (isEnd) this.#ended(followed, channel, sequence);
    else this.#releases.set(channel, ttlOf(message) ?? 0);
    return isEnd;
  }

  #ended({ index }: Followed, channel: RunChannel, sequence: number): void {
    index.release(channel, sequence);
    this.#releases.delete(channel);
  }

  #purgeSoon(channel: RunChannel, epoch: string, sequence: number): void {
    this.#ends.set(channel, { epoch, sequence });
    this.#purges.set(channel, purgeDelay);
  }

  async #release(channel: RunChannel): Promise<void> {
    try {
      const session = await this.ready();
      const { followed } = this.reads.tail;
      // The runs of another stream are scheduled once it is listed.
      if (followed?.epoch !== session.epoch) return;
      const last = followed.index.newestOf(channel);
      if (last === undefined) return;
      const sequence = await this.#storeAfter(session, last, releaseOf(channel, this.#subjects));
      if (sequence !== undefined) this.#purgeSoon(channel, session.epoch, sequence);
      // Nothing is left of a run that was released while this instance did not follow.
      else if ((await this.#lastOf(session, channel)) === undefined)
        followed.index.release(channel, last + 1);
    } catch {
      // An entry that arrived meanwhile has set a later one.
      this.#releases.retry(channel, retryDelay);
    }
  }

  /** Purges a run that was ended, but no run that has the same name since. */
  async #purge(channel: RunChannel): Promise<void> {
    const end = this.#ends.get(channel);
    if (end === undefined) return;
    try {
      const { jsm, epoch } = await this.ready();
      const filter = this.#subjects.of([channel]);
      // Another stream has another message at that sequence.
      if (epoch === end.epoch) await jsm.streams.purge(this.#name, { filter, seq: end.sequence + 1 });
      if (this.#ends.get(channel) === end) this.#ends.delete(channel);
    } catch {
      this.#purges.retry(channel, retryDelay);
    }
  }

  async #storeAfter(session: Session, last: number, entry: EncodedEntry): Promise<number | undefined> {
    expectAfter(entry, last);
    const ack = await this.#appender.tryToStore(session, entry);
    if (ack.error === undefined) return ack.seq;
    if (ack.error.err_code === JetStreamApiCodes.StreamWrongLastSequence) return undefined;
    throw unavailable(new Error(ack.error.description));
  }

  /** Returns the last message of a run, as the stream's leader has it. */
  async #lastOf({ jsm }: Session, channel: RunChannel): Promise<FoundMessage | undefined> {
    const found = await jsm.streams.getMessage(this.#name, { last_by_subj: this.#subjects.of([channel]) });
    return found === null ? undefined : { sequence: found.seq, message: storedMessage(found) };
  }

  #channelOf({ subject }: StoredMessage): RunChannel | undefined {
    return this.#subjects.channelOf(subject) as RunChannel | undefined;
  }
}
