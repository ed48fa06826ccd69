import { formatPosition, type Position } from "@sse/hub/log";
import type { Link } from "./connection/link.js";
import { type PubAck, publishAcked } from "./connection/pub-ack.js";
import type { Session } from "./connection/session.js";
import { type EncodedEntry, headerBytesOf } from "./entry-codec.js";
import { appendTimeout, isNoResponders, tooLarge, unavailable } from "./errors.js";
import type { Tail } from "./follow/tail.js";

/** The size of a message's headers that servers accept, in bytes. */
const maxHeaderBytes = 65_535;

/** Bytes that a message has beside its headers and payload, with some to spare. */
const frameBytes = 64;

/** Stores messages in a stream, and believes no acknowledgement without a check. */
export class Appender {
  readonly #link: Link;
  readonly #tail: Tail;

  constructor(link: Link, tail: Tail) {
    this.#link = link;
    this.#tail = tail;
  }

  /**
   * Stores an entry, and returns its acknowledgement, or the one of the entry that was stored with
   * its key before.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if the stream has certainly not stored
   * it, `append-timeout` if it may have, `too-large`.
   */
  async store(session: Session, entry: EncodedEntry): Promise<PubAck> {
    const ack = await this.tryToStore(session, entry);
    if (ack.error !== undefined) throw unavailable(new Error(ack.error.description));
    return ack;
  }

  /** As {@link store}, but returns the error of a stream that refuses. */
  async tryToStore(session: Session, entry: EncodedEntry): Promise<PubAck> {
    const before = this.#link.seen.through(session.epoch);
    const ack = await this.#publish(session, entry);
    if (ack.error !== undefined) return ack;
    await this.#assertSameEpoch(session);
    if (ack.duplicate) return ack;
    this.#assertNewSequence(session, ack.seq, before, entry);
    this.#link.seen.record(session.epoch, ack.seq, entry.tag);
    return ack;
  }

  async #publish(session: Session, entry: EncodedEntry): Promise<PubAck> {
    const { commandTimeout } = this.#link.settings;
    assertFits(session, entry);
    try {
      const options = { headers: entry.headers, timeout: commandTimeout };
      return await session.lifetime.during(publishAcked(session.nc, entry.subject, entry.payload, options));
    } catch (error) {
      if (!isNoResponders(error)) throw appendTimeout("did not acknowledge in time", error);
      const gone = new Error("no stream accepts the hub's subjects");
      this.#link.invalidate(session, gone);
      throw unavailable(gone);
    }
  }

  /** A response over a new connection belongs to the epoch that was found there. */
  async #assertSameEpoch(session: Session): Promise<void> {
    if (this.#link.session === session) return;
    const now = await this.#link.ready().catch(() => undefined);
    if (now?.epoch === session.epoch) return;
    throw appendTimeout("was lost while it acknowledged");
  }

  /**
   * A stream that acknowledges a sequence that was used before is not the one that was followed.
   */
  #assertNewSequence(session: Session, sequence: number, before: number, { tag }: EncodedEntry): void {
    const followed = this.#tail.followed;
    const other = followed?.epoch === session.epoch ? followed.tags.get(sequence) : undefined;
    if (sequence > before && (other ?? tag) === tag) return;
    this.#link.invalidate(session, new Error(`the stream has two entries with the sequence ${sequence}`));
    throw appendTimeout("acknowledged a sequence that has another entry");
  }
}

/** Returns the position of an entry that was acknowledged. */
export function positionOf({ epoch }: Session, { seq }: PubAck, { tag }: EncodedEntry): Position {
  return formatPosition({ epoch, offset: seq, tag });
}

/** @throws {SseError} `too-large`. */
function assertFits({ nc }: Session, { headers, payload }: EncodedEntry): void {
  const headerBytes = headerBytesOf(headers);
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
