import { Delivery } from "./delivery.js";
import { addressees, decodeEntry, type StoredMessage } from "./entry-codec.js";
import type { Link, Session } from "./link.js";
import { StreamIndex } from "./stream-index.js";

/** What to look through. */
interface Survey {
  /** The last sequence of interest. */
  readonly through: number;
  /** Default: all. */
  readonly subjects?: readonly string[];
  /** An entry is held. */
  found(sequence: number, message: StoredMessage): void;
  /** Is given the delivery under way, so that it can be ended; then the survey never ends. */
  begun(delivery: Delivery): void;
}

/**
 * The index of what the stream holds now, and up to which sequence that is. Of what went before, nobody can tell for which channels it was, so it
 * counts as evicted from all.
 *
 * @param begun is given the delivery under way, so that it can be ended; then this never resolves.
 * @param subjects what is wanted. Default: everything.
 */
export async function backfill(
  link: Link,
  session: Session,
  begun: (delivery: Delivery) => void,
  subjects?: readonly string[],
): Promise<{ index: StreamIndex; head: number }> {
  const { config, state: before } = await session.jsm.streams.info(link.settings.stream);
  const index = new StreamIndex(link.settings.maxEventsPerTopic);
  /** The highest sequence that was not found although lower ones were, or the one before the first that was. */
  let lastHole = before.last_seq;
  let first: number | undefined;
  let previous: number | undefined;
  await survey(link, session, {
    through: before.last_seq,
    ...(subjects === undefined ? {} : { subjects }),
    begun,
    found(sequence, message) {
      first ??= sequence;
      if (sequence - 1 !== previous) lastHole = sequence - 1;
      previous = sequence;
      const addressed = addressees(message, link.subjects);
      if (addressed !== undefined && decodeEntry(message, link.subjects) !== undefined)
        index.add(sequence, addressed);
    },
  });
  const { state } = await session.jsm.streams.info(link.settings.stream);
  const surplus = config.max_msgs_per_subject - link.settings.maxEventsPerTopic;
  const unlimited = config.max_msgs_per_subject === -1;
  // A subject that is full has more than the index lists, which shows what it lost, unless the surplus was pushed out meanwhile. One that is not
  // full has lost only what went with the beginning of the stream.
  const shown = unlimited || state.last_seq - before.last_seq < surplus;
  if (subjects === undefined) index.lose(shown ? (first ?? before.last_seq + 1) - 1 : lastHole);
  else index.lose(shown ? state.first_seq - 1 : before.last_seq);
  return { index, head: before.last_seq };
}

/**
 * What the stream holds of one subject.
 *
 * @param through the last sequence of interest.
 * @returns its sequences, lowest first, and up to where it may have lost others that they do not show.
 */
export async function backfillSubject(
  link: Link,
  session: Session,
  subject: string,
  through: number,
): Promise<{ sequences: number[]; lost: number }> {
  const { stream, maxEventsPerTopic } = link.settings;
  const sequences: number[] = [];
  await survey(link, session, {
    through,
    subjects: [subject],
    begun() {},
    found(sequence, message) {
      if (decodeEntry(message, link.subjects) !== undefined) sequences.push(sequence);
    },
  });
  const { config, state } = await session.jsm.streams.info(stream, { subjects_filter: subject });
  const isFull = state.subjects?.[subject] === config.max_msgs_per_subject;
  // As above: the surplus shows what a subject that is full has lost.
  const shown = !isFull || sequences.length > maxEventsPerTopic;
  return { sequences, lost: shown ? state.first_seq - 1 : through };
}

function survey(link: Link, session: Session, { through, subjects, found, begun }: Survey): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 0;
    const delivery = new Delivery(link, session, {
      message(sequence, message, pending) {
        last = sequence;
        if (sequence <= through) found(sequence, message);
        if (sequence >= through || pending === 0) finish();
      },
      broken: reject,
    });

    function finish(): void {
      delivery.end();
      resolve();
    }

    begun(delivery);
    const wanted = { from: 1, headersOnly: true, ...(subjects === undefined ? {} : { subjects }) };
    delivery.begin(wanted).then((waiting) => {
      if (waiting === 0 && last === 0) finish();
    }, reject);
  });
}
