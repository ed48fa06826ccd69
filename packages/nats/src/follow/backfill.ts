import type { Link, Session } from "../connection/link.js";
import { addressees, decodeEntry, type StoredMessage } from "../entry-codec.js";
import { StreamIndex } from "../stored/stream-index.js";
import { Delivery } from "./ordered-consumer.js";

/** What to look through. */
interface Survey {
  /** The last sequence of interest. */
  readonly through: number;
  /** Default: all. */
  readonly subjects: readonly string[] | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** An entry is held. */
  found(sequence: number, message: StoredMessage): void;
}

/**
 * The index of what the stream holds now, and up to which sequence that is. Of what went before with the beginning of the stream, nobody can
 * tell for which channels it was, so it counts as evicted from all.
 *
 * @param signal ends it; then it rejects.
 * @param subjects what is wanted. Default: everything.
 */
export async function backfill(
  link: Link,
  session: Session,
  signal: AbortSignal,
  subjects?: readonly string[],
): Promise<{ index: StreamIndex; head: number }> {
  const { stream, maxEventsPerTopic } = link.settings;
  const { config, state: before } = await session.jsm.streams.info(stream);
  const head = before.last_seq;
  const index = new StreamIndex(maxEventsPerTopic);
  let first = head + 1;
  await survey(link, session, {
    through: head,
    subjects,
    signal,
    found(sequence, message) {
      first = Math.min(first, sequence);
      const addressed = addressees(message, link.subjects);
      if (addressed !== undefined && decodeEntry(message, link.subjects) !== undefined)
        index.add(sequence, addressed);
    },
  });
  const { state } = await session.jsm.streams.info(stream);
  index.lose(subjects === undefined ? first - 1 : state.first_seq - 1);
  // A subject that is full has more than the index lists, which shows what it lost, unless the surplus was pushed out meanwhile. One that is not
  // full has lost only what went with the beginning of the stream.
  const arrived = state.last_seq - head;
  const { max_msgs_per_subject: most } = config;
  if (most > 0 && arrived >= most - maxEventsPerTopic) index.loseUnseen(most - arrived, head);
  return { index, head };
}

/**
 * What the stream holds of one subject.
 *
 * @param through the last sequence of interest.
 * @param signal ends it; then it rejects.
 * @returns its sequences, lowest first, and up to where it may have lost others that they do not show.
 */
export async function backfillSubject(
  link: Link,
  session: Session,
  subject: string,
  through: number,
  signal: AbortSignal,
): Promise<{ sequences: number[]; lost: number }> {
  const { stream, maxEventsPerTopic } = link.settings;
  const sequences: number[] = [];
  await survey(link, session, {
    through,
    subjects: [subject],
    signal,
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

function survey(link: Link, session: Session, { through, subjects, signal, found }: Survey): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 0;
    const delivery = new Delivery(link, session, {
      message(sequence, message, pending) {
        last = sequence;
        if (sequence <= through) found(sequence, message);
        if (sequence >= through || pending === 0) end(resolve);
      },
      // What was pending may be gone before it could come.
      idle(scannedThrough) {
        if (scannedThrough >= through) end(resolve);
      },
      broken: (error) => end(() => reject(error)),
    });
    signal.addEventListener("abort", abort);

    function abort(): void {
      end(() => reject(signal.reason));
    }

    function end(settle: () => void): void {
      signal.removeEventListener("abort", abort);
      delivery.end();
      settle();
    }

    const wanted = { from: 1, headersOnly: true, ...(subjects === undefined ? {} : { subjects }) };
    delivery.begin(wanted).then(
      (waiting) => {
        if (waiting === 0 && last === 0) end(resolve);
      },
      (error: unknown) => end(() => reject(error)),
    );
  });
}
