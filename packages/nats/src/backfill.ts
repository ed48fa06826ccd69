import { Delivery } from "./delivery.js";
import { addressees, decodeEntry, type StoredMessage } from "./entry-codec.js";
import type { Link, Session } from "./link.js";
import { StreamIndex } from "./stream-index.js";

/** What was found in the stream, up to where it ended when the session began. */
interface Survey {
  readonly index: StreamIndex;
  /** The lowest sequence that is held. */
  readonly first: number;
  /** The highest sequence that is not held although lower ones are, or `first - 1`. */
  readonly lastHole: number;
}

/**
 * The index of what the stream holds when a session begins. Of what went before, nobody can tell for which channels it was, so it counts as
 * evicted from all.
 *
 * @param begun is given the delivery under way, so that it can be ended; then this never resolves.
 */
export async function backfill(
  link: Link,
  session: Session,
  begun: (delivery: Delivery) => void,
): Promise<StreamIndex> {
  const { index, first, lastHole } = await survey(link, session, begun);
  const { config } = session.info;
  const surplus = config.max_msgs_per_subject - link.settings.maxEventsPerTopic;
  const { state } = await session.jsm.streams.info(link.settings.stream);
  const unlimited = config.max_msgs_per_subject === -1;
  const arrived = state.last_seq - session.info.state.last_seq;
  // A subject that is full has more than the index lists, which shows what it lost, unless the surplus was pushed out meanwhile. One that is not
  // full has lost only what went with the beginning of the stream.
  const shown = unlimited || arrived < surplus;
  index.lose(shown ? first - 1 : lastHole);
  return index;
}

function survey(link: Link, session: Session, begun: (delivery: Delivery) => void): Promise<Survey> {
  const end = session.info.state.last_seq;
  const index = new StreamIndex(link.settings.maxEventsPerTopic);
  let first = end + 1;
  let lastHole = end;
  let previous: number | undefined;

  return new Promise((resolve, reject) => {
    const delivery = new Delivery(link, session, {
      message(sequence, message, pending) {
        if (sequence <= end) note(sequence);
        if (sequence <= end) list(sequence, message);
        if (sequence >= end || pending === 0) finish();
      },
      broken: reject,
    });

    function note(sequence: number): void {
      if (previous === undefined) first = sequence;
      if (sequence - 1 !== previous) lastHole = sequence - 1;
      previous = sequence;
    }

    function list(sequence: number, message: StoredMessage): void {
      const addressed = addressees(message, link.subjects);
      const isEntry = decodeEntry(message, link.subjects) !== undefined;
      if (addressed !== undefined && isEntry) index.add(sequence, addressed);
    }

    function finish(): void {
      delivery.end();
      resolve({ index, first, lastHole });
    }

    begun(delivery);
    delivery.begin({ from: 1, headersOnly: true }).then((waiting) => {
      if (waiting === 0 && previous === undefined) finish();
    }, reject);
  });
}
