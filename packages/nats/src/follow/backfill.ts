import type { Link } from "../connection/link.js";
import type { Session } from "../connection/session.js";
import { leaderInfo } from "../connection/stream.js";
import { addressees, decodeEntry, tagOf } from "../entry-codec.js";
import { StreamIndex } from "../stored/stream-index.js";
import type { Followed, FoundMessage } from "./followed.js";
import { RecentTags } from "./recent-tags.js";
import { scanStream } from "./stream-scan.js";

/** The result of a backfill. */
export interface Listing {
  readonly followed: Followed;
  /** The messages without their payloads, where channels are held whole; else none. */
  readonly found: readonly FoundMessage[];
  /** The server's time when the scan started, in milliseconds since 1970. */
  readonly serverTime: number;
}

/**
 * Lists what the stream holds now. The channels of what was evicted from the start of the stream
 * are not known, so it counts as evicted from all.
 *
 * @param signal ends it; then it rejects.
 */
export async function backfill(link: Link, session: Session, signal: AbortSignal): Promise<Listing> {
  const { stream, maxEventsPerTopic } = link.settings;
  const { nc, jsm, epoch } = session;
  const { config, state: before } = await leaderInfo(nc, jsm, stream);
  const head = before.last_seq;
  const { holdsWhole } = link.subjects;
  const index = new StreamIndex(maxEventsPerTopic, holdsWhole);
  const messages: FoundMessage[] = [];
  const tags = new RecentTags();
  const holes = new Holes();
  const serverTime = await scanStream(link, session, {
    through: head,
    signal,
    found(sequence, message) {
      holes.found(sequence);
      const tag = tagOf(message);
      tags.add(sequence, tag);
      link.seen.record(epoch, sequence, tag);
      if (holdsWhole) messages.push({ sequence, message });
      const addressed = addressees(message, link.subjects);
      if (addressed !== undefined && decodeEntry(message, link.subjects) !== undefined)
        index.add(sequence, addressed);
    },
  });
  holes.found(head + 1);
  // Runs that were released before leave holes anywhere.
  index.evictThrough(holdsWhole ? head : holes.unexplained(index.droppedThrough));
  const { state } = await leaderInfo(nc, jsm, stream);
  // A full subject has more than the index lists, which shows what it lost, unless the surplus was
  // evicted meanwhile. A subject that is not full has lost only what was evicted from the start of
  // the stream.
  const arrived = state.last_seq - head;
  const { max_msgs_per_subject: max } = config;
  if (max > 0 && arrived >= max - maxEventsPerTopic) index.recordUnseenEvictions(max - arrived, head);
  return { followed: { epoch, index, tags, head }, found: messages, serverTime };
}

/** The sequences that a listing does not find. */
class Holes {
  #next = 1;
  /** The last one ahead of all that was found. */
  #front = 0;
  #last = 0;

  /** Records the next sequence that was found. */
  found(sequence: number): void {
    if (sequence > this.#next) {
      if (this.#next === 1) this.#front = sequence - 1;
      this.#last = sequence - 1;
    }
    this.#next = sequence + 1;
  }

  /**
   * Returns the last sequence that may have been evicted from any channel. A full subject leaves
   * holes ahead of what it still has; later ones were removed by hand.
   *
   * @param explained the last sequence that full subjects explain.
   */
  unexplained(explained: number): number {
    return this.#last > explained ? this.#last : this.#front;
  }
}
