import {
  comparePositions,
  emptyTag,
  formatTagged,
  type GapReason,
  type LogEntry,
  type LogFollower,
  type LogPage,
  offsetIn,
  type Position,
  parsePosition,
  type ReadableLog,
  type ReadOptions,
  type ReadStart,
} from "@sse/hub/log";
import type { ConnectionSource, ReadConnection } from "./connection/connections.js";
import { Link } from "./connection/link.js";
import type { Session } from "./connection/session.js";
import { leaderInfo } from "./connection/stream.js";
import { otherEpoch, unavailable } from "./errors.js";
import type { Followed } from "./follow/followed.js";
import { Tail, type TailObserver } from "./follow/tail.js";
import type { NatsLogSettings } from "./options.js";
import { EntryReader } from "./stored/entry-reader.js";
import type { Subjects } from "./subjects.js";

/** The inputs of {@link StreamReads}. */
export interface StreamReadsOptions {
  readonly source: ConnectionSource;
  readonly settings: NatsLogSettings;
  readonly subjects: Subjects;
  /** The connection for reads of history. */
  readonly reads: ReadConnection;
  readonly observer?: TailObserver | undefined;
}

/** Reads and follows one stream. */
export class StreamReads implements ReadableLog {
  readonly link: Link;
  readonly tail: Tail;
  readonly stored: EntryReader;

  constructor({ source, settings, subjects, reads, observer }: StreamReadsOptions) {
    this.link = new Link(source, settings, subjects);
    this.tail = new Tail(this.link, observer);
    this.stored = new EntryReader(settings, subjects, reads);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { channels, through, limit, maxBytes, knownEvictions } = options;
    const session = await this.link.ready();
    const { epoch } = session;
    const end = offsetIn(epoch, through);
    if (Number.isNaN(end)) throw otherEpoch();
    const followed = await this.tail.through(epoch, end);
    const { index } = followed;
    const asked =
      typeof start === "string" ? offsetIn(epoch, start) : index.startOfLast(start.last, channels, end);
    const known = await this.request(() => this.#isKnown(session, followed, start, asked));
    const after = known ? asked : 0;
    const listed = index.collect(channels, after, end, limit);
    const evicted = typeof start === "string" && known && index.hasEvicted(channels, after, knownEvictions);
    const { evictions } = index;

    const found = await this.request(() => this.stored.page(session, listed, maxBytes));
    if (this.link.session?.epoch !== epoch) throw otherEpoch();
    const missing = listed.filter((_, i) => i < found.length && found[i] === undefined);
    for (const sequence of missing) index.remove(sequence, channels);
    const entries = found.filter((entry) => entry !== undefined);

    const isPartial = listed.length === limit || found.length < listed.length;
    const scannedThrough = isPartial
      ? positionAt(epoch, listed[found.length - 1]!, entries)
      : furthest(through, end, start, after);
    const page = { entries, scannedThrough, evictions };
    if (typeof start !== "string" || (known && !evicted && missing.length === 0)) return page;
    const reason = known ? "evicted" : reasonFor(epoch, start);
    const [first] = entries;
    const resumesAfter =
      first === undefined
        ? scannedThrough
        : await this.#positionAt(session, offsetIn(epoch, first.position) - 1);
    return { ...page, gap: { reason, resumesAfter } };
  }

  follow(follower: LogFollower): () => void {
    this.link.assertOpen();
    return this.tail.follow(follower);
  }

  async head(): Promise<Position> {
    const session = await this.link.ready();
    return this.#positionAt(session, await this.#lastSequence(session));
  }

  compare(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async close(): Promise<void> {
    this.tail.close();
    await this.link.close();
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
    // A message that was removed since it was followed here still has its tag in memory, so the
    // stream is asked.
    const held = await (tag === emptyTag ? this.stored.tag(session, asked) : this.#tagAt(session, asked));
    // Without the message nothing can be compared: it was evicted.
    return (held ?? tag) === tag;
  }

  async #positionAt(session: Session, sequence: number): Promise<Position> {
    const tag = await this.request(() => this.#tagAt(session, sequence));
    return formatTagged(session.epoch, sequence, tag);
  }

  /** Returns the tag of the message at a sequence, or `undefined` if it is no longer held. */
  async #tagAt(session: Session, sequence: number): Promise<string | undefined> {
    const followed = this.tail.followed;
    const recent = followed?.epoch === session.epoch ? followed.tags.get(sequence) : undefined;
    if (recent !== undefined || sequence === 0) return recent;
    return this.stored.tag(session, sequence);
  }

  async #lastSequence({ nc, jsm, epoch }: Session): Promise<number> {
    const { state } = await this.request(() => leaderInfo(nc, jsm, this.link.settings.stream));
    this.link.seen.record(epoch, state.last_seq);
    return state.last_seq;
  }

  /** @throws {SseError} `log-unavailable`, `closed`. */
  async request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      this.link.assertOpen();
      throw unavailable(error);
    }
  }
}

function positionAt(epoch: string, sequence: number, entries: readonly LogEntry[]): Position {
  const last = entries.at(-1)?.position ?? "";
  return offsetIn(epoch, last) === sequence ? last : formatTagged(epoch, sequence, undefined);
}

/** Returns the end of the read, or the start if that is further. */
function furthest(through: Position, end: number, start: ReadStart, after: number): Position {
  return typeof start === "string" && after > end ? start : through;
}

function reasonFor(epoch: string, start: string): GapReason {
  const parts = parsePosition(start);
  return parts === undefined || parts.epoch === epoch ? "unknown" : "epoch";
}
