import { errors } from "@nats-io/nats-core";
import { SseError } from "@sse/core";
import type {
  AppendOptions,
  EventLog,
  GapReason,
  HubBus,
  LogEntry,
  LogFollower,
  LogPage,
  LogRetention,
  NewLogEntry,
  Position,
  ReadOptions,
  ReadStart,
} from "@sse/hub/log";
import { NatsBus } from "./bus.js";
import { type ConnectionSource, Link, type Session, unavailable } from "./connection/link.js";
import { request, type StreamAnswer } from "./connection/pub-ack.js";
import { type EncodedEntry, encodeEntry, encodeText, isSameEntry } from "./entry-codec.js";
import { otherEpoch, Tail } from "./follow/tail.js";
import { type NatsLogOptions, settingsOf } from "./options.js";
import { parsePosition, positionOf, sequenceIn } from "./position.js";
import { StoredEntries } from "./stored/message-reader.js";
import { subjectsOf } from "./subjects.js";

/** A log on NATS JetStream. Its `bus` goes by publish and subscribe over the same connection. */
export interface NatsLog extends EventLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
}

/**
 * Makes a log that lives in a JetStream stream, so that hubs in several processes share one order of events. It connects at once and goes on trying
 * for as long as it is open: failures are told by what is called meanwhile, and to followers.
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
  readonly #stored: StoredEntries;
  /** Settles when the append before has been sent, or could not be. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: NatsLogOptions) {
    const settings = settingsOf(options);
    this.retention = {
      maxEvents: Math.min(settings.maxEvents, settings.maxEventsPerTopic),
      maxBytes: settings.maxBytes,
      maxAge: settings.maxAge,
    };
    this.#link = new Link(sourceOf(options), settings, subjectsOf(settings.stream));
    this.#tail = new Tail(this.#link);
    this.#stored = new StoredEntries(this.#link);
    this.bus = new NatsBus(this.#link);
  }

  async append(entry: NewLogEntry, { idempotencyKey }: AppendOptions = {}): Promise<Position> {
    this.#link.assertOpen();
    const encoded = encodeEntry(entry, this.#link.subjects);
    // Each waits behind the one before, so that those that wait for the link are sent in the order of the calls.
    const ready = this.#before.then(() => this.#link.ready());
    this.#before = ready.catch(() => {});
    const session = await ready;
    const answer = await this.#store(session, encoded, idempotencyKey);
    await this.#assertSameEpoch(session);
    if (answer.duplicate) await this.#assertSameEntry(session, answer.seq, encoded);
    this.#link.saw(session.epoch, answer.seq);
    return positionOf(session.epoch, answer.seq);
  }

  async read(start: ReadStart, { channels, through, limit, knownEvictions }: ReadOptions): Promise<LogPage> {
    const session = await this.#link.ready();
    const { epoch } = session;
    const end = sequenceIn(epoch, through);
    if (Number.isNaN(end)) throw otherEpoch();
    const { index, head } = await this.#tail.through(epoch, end);

    const asked =
      typeof start === "string" ? sequenceIn(epoch, start) : index.startOfLast(start.last, channels, end);
    const known = asked <= head || (asked > head && asked <= (await this.#lastSequence(session)));
    const after = known ? asked : 0;
    const wanted = index.collect(channels, after, end, limit);
    const evicted = typeof start === "string" && known && index.hasEvicted(channels, after, knownEvictions);
    const { evictions } = index;

    const found = await this.#fetch(session, wanted);
    if (this.#link.session?.epoch !== epoch) throw otherEpoch();
    for (const [i, sequence] of wanted.entries())
      if (found[i] === undefined) index.remove(sequence, channels);
    const entries = found.filter((entry) => entry !== undefined);

    const scanned = wanted.length === limit ? wanted.at(-1)! : Math.max(end, after);
    const page = { entries, scannedThrough: positionOf(epoch, scanned), evictions };
    if (typeof start !== "string") return page;
    if (known && !evicted && entries.length === wanted.length) return page;
    const reason = known ? "evicted" : reasonFor(epoch, start);
    const next = entries[0] === undefined ? scanned : sequenceIn(epoch, entries[0].position) - 1;
    return { ...page, gap: { reason, resumesAfter: positionOf(epoch, next) } };
  }

  follow(follower: LogFollower): () => void {
    this.#link.assertOpen();
    return this.#tail.follow(follower);
  }

  async head(): Promise<Position> {
    const session = await this.#link.ready();
    return positionOf(session.epoch, await this.#lastSequence(session));
  }

  compare(a: Position, b: Position): number {
    const [left, right] = [parsePosition(a), parsePosition(b)];
    if (left === undefined || left.epoch !== right?.epoch) return Number.NaN;
    return left.sequence - right.sequence;
  }

  async close(): Promise<void> {
    this.#tail.close();
    await this.bus.close();
    await this.#link.close();
  }

  /** @throws {SseError} `log-unavailable` where the stream has certainly not taken it, `append-timeout` where it may have. */
  async #store(session: Session, entry: EncodedEntry, idempotencyKey?: string): Promise<StreamAnswer> {
    const { commandTimeout } = this.#link.settings;
    // A key ends with its epoch, although the stream may remember it for longer.
    if (idempotencyKey !== undefined)
      entry.headers.set("Nats-Msg-Id", encodeText(`${session.epoch}:${idempotencyKey}`));
    assertFits(session, entry);
    let answer: StreamAnswer;
    try {
      const options = { headers: entry.headers, timeout: commandTimeout };
      const sent = request(session.nc, entry.subject, entry.payload, options);
      answer = await this.#link.answer(session, sent);
    } catch (error) {
      throw this.#appendFailure(session, error);
    }
    if (answer.error === undefined) return answer;
    throw unavailable(new Error(answer.error.description));
  }

  #appendFailure(session: Session, error: unknown): SseError {
    const nobody = error instanceof errors.NoRespondersError || isNoResponders(error);
    if (nobody) {
      const gone = new Error("no stream takes the hub's subjects");
      this.#link.doubt(session, gone);
      return unavailable(gone);
    }
    return new SseError(
      "append-timeout",
      "NATS JetStream did not acknowledge in time; the event may be stored. Retry with the same idempotency key",
      { cause: error },
    );
  }

  /** An answer that came over a new connection is of the epoch that was found there. */
  async #assertSameEpoch(session: Session): Promise<void> {
    if (this.#link.session === session) return;
    const now = await this.#link.ready().catch(() => undefined);
    if (now?.epoch === session.epoch) return;
    throw new SseError(
      "append-timeout",
      "NATS JetStream was lost while it acknowledged; the event may be stored. Retry with the same idempotency key",
    );
  }

  /** The stream compares keys, not what is stored under them. */
  async #assertSameEntry(session: Session, sequence: number, entry: EncodedEntry): Promise<void> {
    const first = await this.#ask(() => this.#stored.message(session, sequence));
    if (first === undefined || isSameEntry(first, entry)) return;
    throw new SseError(
      "idempotency-conflict",
      "this idempotency key was used for another event; use a new key",
    );
  }

  async #fetch(session: Session, sequences: readonly number[]): Promise<(LogEntry | undefined)[]> {
    return this.#ask(() =>
      Promise.all(
        sequences.map(async (sequence) => {
          const entry = await this.#stored.entry(session, sequence);
          return entry && { ...entry, position: positionOf(session.epoch, sequence) };
        }),
      ),
    );
  }

  async #lastSequence({ jsm, epoch }: Session): Promise<number> {
    const { last_seq } = (await this.#ask(() => jsm.streams.info(this.#link.settings.stream))).state;
    this.#link.saw(epoch, last_seq);
    return last_seq;
  }

  /** @throws {SseError} `log-unavailable`, `closed`. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      this.#link.assertOpen();
      throw unavailable(error);
    }
  }
}

function sourceOf({ connection, servers, connectionOptions = {} }: NatsLogOptions): ConnectionSource {
  return connection === undefined ? { servers: servers!, options: connectionOptions } : { connection };
}

function reasonFor(epoch: string, start: string): GapReason {
  const parts = parsePosition(start);
  return parts === undefined || parts.epoch === epoch ? "unknown" : "epoch";
}

/** @throws {SseError} `too-large`. */
function assertFits({ nc }: Session, { headers, payload }: EncodedEntry): void {
  const most = nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  let bytes = payload.byteLength + 64;
  for (const [name, values] of headers) for (const value of values) bytes += name.length + value.length + 4;
  if (bytes <= most) return;
  throw new SseError(
    "too-large",
    `the event has ${bytes} bytes and the server takes ${most}: raise its max_payload, or send a reference`,
  );
}

function isNoResponders(error: unknown): boolean {
  return error instanceof errors.RequestError && error.isNoResponders();
}
