import {
  type AppendOptions,
  type EventLog,
  formatTagged,
  guaranteedRetention,
  type HubBus,
  idempotencyConflict,
  type LogFollower,
  type LogPage,
  type LogRetention,
  type NewLogEntry,
  type Position,
  type ReadOptions,
  type ReadStart,
  type RunLog,
} from "@sse/hub/log";
import { Appender, positionOf } from "./appender.js";
import { NatsBus } from "./bus.js";
import { ReadConnection, sourceOf } from "./connection/connections.js";
import type { Session } from "./connection/session.js";
import { type EncodedEntry, encodeEntry, encodeText, isSameEntry, tagOf } from "./entry-codec.js";
import { type NatsLogOptions, settingsOf } from "./options.js";
import { NatsRunLog } from "./runs/nats-run-log.js";
import { StreamReads } from "./stream-reads.js";
import { subjectsOf } from "./subjects.js";

/** A log on NATS JetStream. Its `bus` uses publish and subscribe over the same connection. */
export interface NatsLog extends EventLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
  readonly runs: RunLog;
}

/**
 * Creates a log that lives in a JetStream stream, so that hubs in several processes share one order
 * of events. It connects at once and retries for as long as it is open: calls reject meanwhile, and
 * followers are notified.
 *
 * @throws {SseError} `invalid-option`.
 */
export function createNatsLog(options: NatsLogOptions): NatsLog {
  return new JetStreamLog(options);
}

class JetStreamLog implements NatsLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
  readonly runs: RunLog;
  readonly #stream: StreamReads;
  readonly #appender: Appender;
  readonly #reads: ReadConnection;
  /** Settles when the append before has been sent, or could not be. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: NatsLogOptions) {
    const settings = settingsOf(options);
    const { maxEvents, maxEventsPerTopic, maxBytes, maxAge, stream } = settings;
    const source = sourceOf(options);
    this.retention = guaranteedRetention({ maxEvents, maxBytes, maxAge }, { maxEvents: maxEventsPerTopic });
    this.#reads = new ReadConnection(source, settings);
    this.#stream = new StreamReads({ source, settings, subjects: subjectsOf(stream), reads: this.#reads });
    this.#appender = new Appender(this.#stream.link, this.#stream.tail);
    this.bus = new NatsBus(this.#stream.link);
    this.runs = new NatsRunLog(source, settings, this.#reads);
  }

  async append(entry: NewLogEntry, { idempotencyKey, onRepeat }: AppendOptions = {}): Promise<Position> {
    const { link } = this.#stream;
    link.assertOpen();
    const encoded = encodeEntry(entry, link.subjects);
    // Each waits for the one before, so that those that wait for the link are sent in the order of
    // the calls.
    const ready = this.#before.then(() => link.ready());
    this.#before = ready.catch(() => {});
    const session = await ready;
    // A key ends with its epoch, although the stream may remember it for longer.
    if (idempotencyKey !== undefined)
      encoded.headers.set("Nats-Msg-Id", encodeText(`${session.epoch}:${idempotencyKey}`));
    const ack = await this.#appender.store(session, encoded);
    if (!ack.duplicate) return positionOf(session, ack, encoded);
    const first = await this.#positionOfFirst(session, ack.seq, encoded);
    onRepeat?.();
    return first;
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#stream.read(start, options);
  }

  follow(follower: LogFollower): () => void {
    return this.#stream.follow(follower);
  }

  head(): Promise<Position> {
    return this.#stream.head();
  }

  compare(a: Position, b: Position): number {
    return this.#stream.compare(a, b);
  }

  async close(): Promise<void> {
    await this.bus.close();
    await Promise.all([this.#stream.close(), this.runs.close()]);
    await this.#reads.close();
  }

  /** The stream compares idempotency keys, not what is stored under them. */
  async #positionOfFirst(session: Session, sequence: number, entry: EncodedEntry): Promise<Position> {
    const first = await this.#stream.request(() => this.#stream.stored.message(session, sequence));
    if (first !== undefined && !isSameEntry(first, entry)) throw idempotencyConflict();
    return formatTagged(session.epoch, sequence, first && tagOf(first));
  }
}
