import {
  type AppendOptions,
  comparePositions,
  type EventLog,
  formatPosition,
  type GapReason,
  guaranteedRetention,
  type HubBus,
  idempotencyConflict,
  type LogEntry,
  type LogFollower,
  type LogPage,
  type LogRetention,
  type NewLogEntry,
  offsetIn,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
} from "@sse/hub/log";
import { NatsBus } from "./bus.js";
import { ReadConnection, sourceOf } from "./connection/connections.js";
import { Link } from "./connection/link.js";
import { type PubAck, publishAcked } from "./connection/pub-ack.js";
import type { Session } from "./connection/session.js";
import { leaderInfo } from "./connection/stream.js";
import { type EncodedEntry, encodeEntry, encodeText, isSameEntry, tagOf } from "./entry-codec.js";
import { appendTimeout, isNoResponders, otherEpoch, tooLarge, unavailable } from "./errors.js";
import type { Followed } from "./follow/followed.js";
import { Tail } from "./follow/tail.js";
import { type NatsLogOptions, settingsOf } from "./options.js";
import { EntryReader } from "./stored/entry-reader.js";
import { subjectsOf } from "./subjects.js";

/** A log on NATS JetStream. Its `bus` uses publish and subscribe over the same connection. */
export interface NatsLog extends EventLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
}

/** The size of a message's headers that servers accept, in bytes. */
const maxHeaderBytes = 65_535;

/** Bytes that a message has beside its headers and payload, with some to spare. */
const frameBytes = 64;

/**
 * Creates a log that lives in a JetStream stream, so that hubs in several processes share one order
 * of events. It connects at once and retries for as long as it is open: calls reject meanwhile, and
 * followers are told.
 *
 * @throws {SseError} `invalid-option`.
 */
export function createNatsLog(options: NatsLogOptions): NatsLog {
  return new JetStreamLog(options);
}

class JetStreamLog implements NatsLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
  readonly #link: Link;
  readonly #tail: Tail;
  readonly #reads: ReadConnection;
  readonly #stored: EntryReader;
  /** Settles when the append before has been sent, or could not be. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: NatsLogOptions) {
    const settings = settingsOf(options);
    const { maxEvents, maxEventsPerTopic, maxBytes, maxAge, stream } = settings;
    const subjects = subjectsOf(stream);
    const source = sourceOf(options);
    this.retention = guaranteedRetention({ maxEvents, maxBytes, maxAge }, { maxEvents: maxEventsPerTopic });
    this.#link = new Link(source, settings, subjects);
    this.#tail = new Tail(this.#link);
    this.#reads = new ReadConnection(source, settings);
    this.#stored = new EntryReader(settings, subjects, this.#reads);
    this.bus = new NatsBus(this.#link);
  }

  async append(entry: NewLogEntry, { idempotencyKey, onRepeat }: AppendOptions = {}): Promise<Position> {
    this.#link.assertOpen();
    const encoded = encodeEntry(entry, this.#link.subjects);
    // Each waits for the one before, so that those that wait for the link are sent in the order of
    // the calls.
    const ready = this.#before.then(() => this.#link.ready());
    this.#before = ready.catch(() => {});
    const session = await ready;
    const { epoch } = session;
    const before = this.#link.seen.through(epoch);
    const ack = await this.#store(session, encoded, idempotencyKey);
    await this.#assertSameEpoch(session);
    if (ack.duplicate) {
      const first = await this.#positionOfFirst(session, ack.seq, encoded);
      onRepeat?.();
      return first;
    }
    this.#assertNewSequence(session, ack.seq, before, encoded);
    this.#link.seen.record(epoch, ack.seq, encoded.tag);
    return formatPosition({ epoch, offset: ack.seq, tag: encoded.tag });
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { channels, through, limit, maxBytes, knownEvictions } = options;
    const session = await this.#link.ready();
    const { epoch } = session;
    const end = offsetIn(epoch, through);
    if (Number.isNaN(end)) throw otherEpoch();
    const followed = await this.#tail.through(epoch, end);
    const { index } = followed;
    const asked =
      typeof start === "string" ? offsetIn(epoch, start) : index.startOfLast(start.last, channels, end);
    const known = await this.#request(() => this.#isKnown(session, followed, start, asked));
    const after = known ? asked : 0;
    const listed = index.collect(channels, after, end, limit);
    const evicted = typeof start === "string" && known && index.hasEvicted(channels, after, knownEvictions);
    const { evictions } = index;

    const found = await this.#request(() => this.#stored.page(session, listed, maxBytes));
    if (this.#link.session?.epoch !== epoch) throw otherEpoch();
    const missing = listed.slice(0, found.length).filter((_, i) => found[i] === undefined);
    for (const sequence of missing) index.remove(sequence, channels);
    const entries = found.filter((entry) => entry !== undefined);

    const isPartial = listed.length === limit || found.length < listed.length;
    const scannedThrough = isPartial
      ? positionAt(epoch, listed[found.length - 1]!, entries)
      : furthest(through, end, start, after);
    const page = { entries, scannedThrough, evictions };
    if (typeof start !== "string" || (known && !evicted && missing.length === 0)) return page;
    const reason = known ? "evicted" : reasonFor(epoch, start);
    return { ...page, gap: { reason, resumesAfter: beforeFirst(epoch, entries, scannedThrough) } };
  }

  follow(follower: LogFollower): () => void {
    this.#link.assertOpen();
    return this.#tail.follow(follower);
  }

  async head(): Promise<Position> {
    const session = await this.#link.ready();
    const { epoch } = session;
    const offset = await this.#lastSequence(session);
    const tag = await this.#request(() => this.#tagAt(session, offset));
    return formatPosition({ epoch, offset, ...(tag !== undefined && { tag }) });
  }

  compare(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async close(): Promise<void> {
    this.#tail.close();
    await this.bus.close();
    await Promise.all([this.#link.close(), this.#reads.close()]);
  }

  /**
   * @throws {SseError} `log-unavailable` if the stream has certainly not stored it,
   * `append-timeout` if it may have.
   */
  async #store(session: Session, entry: EncodedEntry, idempotencyKey?: string): Promise<PubAck> {
    const { commandTimeout } = this.#link.settings;
    // A key ends with its epoch, although the stream may remember it for longer.
    if (idempotencyKey !== undefined)
      entry.headers.set("Nats-Msg-Id", encodeText(`${session.epoch}:${idempotencyKey}`));
    assertFits(session, entry);
    let ack: PubAck;
    try {
      const options = { headers: entry.headers, timeout: commandTimeout };
      ack = await session.lifetime.during(publishAcked(session.nc, entry.subject, entry.payload, options));
    } catch (error) {
      if (!isNoResponders(error)) throw appendTimeout("did not acknowledge in time", error);
      const gone = new Error("no stream accepts the hub's subjects");
      this.#link.invalidate(session, gone);
      throw unavailable(gone);
    }
    if (ack.error === undefined) return ack;
    throw unavailable(new Error(ack.error.description));
  }

  /** A response over a new connection belongs to the epoch that was found there. */
  async #assertSameEpoch(session: Session): Promise<void> {
    if (this.#link.session === session) return;
    const now = await this.#link.ready().catch(() => undefined);
    if (now?.epoch === session.epoch) return;
    throw appendTimeout("was lost while it acknowledged");
  }

  /**
   * A stream that acknowledges a sequence that was taken before is not the one that was followed.
   */
  #assertNewSequence(session: Session, sequence: number, before: number, { tag }: EncodedEntry): void {
    const followed = this.#tail.followed;
    const other = followed?.epoch === session.epoch ? followed.tags.get(sequence) : undefined;
    if (sequence > before && (other ?? tag) === tag) return;
    this.#link.invalidate(session, new Error(`the stream has two entries with the sequence ${sequence}`));
    throw appendTimeout("acknowledged a sequence that has another entry");
  }

  /** The stream compares idempotency keys, not what is stored under them. */
  async #positionOfFirst(session: Session, sequence: number, entry: EncodedEntry): Promise<Position> {
    const { epoch } = session;
    const first = await this.#request(() => this.#stored.message(session, sequence));
    if (first === undefined) return formatPosition({ epoch, offset: sequence });
    if (!isSameEntry(first, entry)) throw idempotencyConflict();
    return formatPosition({ epoch, offset: sequence, tag: tagOf(first) });
  }

  /**
   * Whether a start is a position of this history: the stream has reached it, and has the same
   * entry there.
   */
  async #isKnown(session: Session, followed: Followed, start: ReadStart, asked: number): Promise<boolean> {
    const isReached =
      asked <= followed.head || (asked > followed.head && asked <= (await this.#lastSequence(session)));
    const tag = typeof start === "string" ? parsePosition(start)?.tag : undefined;
    if (!isReached || tag === undefined) return isReached;
    // Without the message nothing can be compared: it was evicted.
    return ((await this.#tagAt(session, asked)) ?? tag) === tag;
  }

  /** Returns the tag of the message at a sequence, or `undefined` if it is no longer held. */
  async #tagAt(session: Session, sequence: number): Promise<string | undefined> {
    const followed = this.#tail.followed;
    const recent = followed?.epoch === session.epoch ? followed.tags.get(sequence) : undefined;
    if (recent !== undefined || sequence === 0) return recent;
    return this.#stored.tag(session, sequence);
  }

  async #lastSequence({ nc, jsm, epoch }: Session): Promise<number> {
    const { state } = await this.#request(() => leaderInfo(nc, jsm, this.#link.settings.stream));
    this.#link.seen.record(epoch, state.last_seq);
    return state.last_seq;
  }

  /** @throws {SseError} `log-unavailable`, `closed`. */
  async #request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      this.#link.assertOpen();
      throw unavailable(error);
    }
  }
}

function positionAt(epoch: string, sequence: number, entries: readonly LogEntry[]): Position {
  const last = entries.at(-1)?.position ?? "";
  return offsetIn(epoch, last) === sequence ? last : formatPosition({ epoch, offset: sequence });
}

/** Returns the end of the read, or the start if that is further. */
function furthest(through: Position, end: number, start: ReadStart, after: number): Position {
  return typeof start === "string" && after > end ? start : through;
}

function beforeFirst(epoch: string, entries: readonly LogEntry[], scannedThrough: Position): Position {
  const [first] = entries;
  if (first === undefined) return scannedThrough;
  return formatPosition({ epoch, offset: offsetIn(epoch, first.position) - 1 });
}

function reasonFor(epoch: string, start: string): GapReason {
  const parts = parsePosition(start);
  return parts === undefined || parts.epoch === epoch ? "unknown" : "epoch";
}

/** @throws {SseError} `too-large`. */
function assertFits({ nc }: Session, { headers, payload }: EncodedEntry): void {
  let headerBytes = 0;
  for (const [name, values] of headers)
    for (const value of values) headerBytes += name.length + value.length + 4;
  if (headerBytes + frameBytes > maxHeaderBytes)
    throw tooLarge(
      "the event's name, keys and topics",
      headerBytes,
      maxHeaderBytes - frameBytes,
      "shorten them, or publish to fewer topics at once",
    );
  const max = nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  const bytes = headerBytes + payload.byteLength + frameBytes;
  if (bytes > max) throw tooLarge("the event", bytes, max, "raise its max_payload, or send a reference");
}
