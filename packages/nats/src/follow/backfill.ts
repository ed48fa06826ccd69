import type { Link, Session } from "../connection/link.js";
import { addressees, decodeEntry, type StoredMessage } from "../entry-codec.js";
import { StreamIndex } from "../stored/stream-index.js";
import { Delivery } from "./ordered-consumer.js";

/** What to look through. */
interface Survey {
  /** The last sequence of interest. */
  readonly through: number;
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
 */
export async function backfill(
  link: Link,
  session: Session,
  signal: AbortSignal,
): Promise<{ index: StreamIndex; head: number }> {
  const { stream, maxEventsPerTopic } = link.settings;
  const { config, state: before } = await session.jsm.streams.info(stream);
  const head = before.last_seq;
  const index = new StreamIndex(maxEventsPerTopic);
  let first = head + 1;
  await survey(link, session, {
    through: head,
    signal,
    found(sequence, message) {
      first = Math.min(first, sequence);
      const addressed = addressees(message, link.subjects);
      if (addressed !== undefined && decodeEntry(message, link.subjects) !== undefined)
        index.add(sequence, addressed);
    },
  });
  const { state } = await session.jsm.streams.info(stream);
  index.lose(first - 1);
  // A subject that is full has more than the index lists, which shows what it lost, unless the surplus was pushed out meanwhile. One that is not
  // full has lost only what went with the beginning of the stream.
  const arrived = state.last_seq - head;
  const { max_msgs_per_subject: most } = config;
  if (most > 0 && arrived >= most - maxEventsPerTopic) index.loseUnseen(most - arrived, head);
  return { index, head };
}

function survey(link: Link, session: Session, { through, signal, found }: Survey): Promise<void> {
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

    delivery.begin({ from: 1, headersOnly: true }).then(
      (waiting) => {
        if (waiting === 0 && last === 0) end(resolve);
      },
      (error: unknown) => end(() => reject(error)),
    );
  });
}
