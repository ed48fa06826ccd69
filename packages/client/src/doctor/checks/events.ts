import { doctorStreamOf, dripsOf, isWhole } from "../doctor-stream.js";
import { type Finding, type FindingCode, fault, fine, time } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import { lateness, maxLateness } from "../lateness.js";
import type { Observations, StreamObservation } from "../observations.js";

/** Milliseconds by which events are late where something waits for more bytes to send. */
const noticeableLateness = 150;

/** Checks that each event arrives when it is sent. */
export function checkEvents(observations: Observations): Finding {
  const { first } = observations;
  if (doctorStreamOf(first) === undefined) return checkForeignEvents(observations);
  const late = smallestLateness(observations);
  if (late === undefined) return cutSeries(first);
  const count = dripsOf(first).length;
  if (late > maxLateness) {
    const seen = `${count} events that were sent one by one arrived together: some more than ${time(late)} late`;
    return heldBack(observations, seen);
  }
  if (late > noticeableLateness) return slightlyLate(first, late);
  if (!isWhole(first)) return cutSeries(first);
  return fine("Events", `${count} events, each as soon as it was sent`);
}

/**
 * Returns the smaller lateness of two series, because a machine that pauses is late once and a
 * chain that buffers is late always.
 */
function smallestLateness({ first, again }: Observations): number | undefined {
  const own = lateness(first);
  const second = again && lateness(again);
  return own === undefined || second === undefined ? own : Math.min(own, second);
}

/** Tells compression from buffering: by the same request without compression. */
function heldBack({ first, plain }: Observations, seen: string): Finding {
  const headers = first.head?.headers ?? {};
  const encoding = headers["content-encoding"];
  const lateWithout = plain && (lateness(plain) ?? (plain.events.length > 0 ? 0 : undefined));
  if (encoding !== undefined && (lateWithout === undefined || lateWithout <= maxLateness)) {
    const proof = lateWithout === undefined ? "" : "; without compression they arrived at once";
    return problem("compression", `${seen}, compressed with ${encoding}${proof}`, headers);
  }
  return problem("buffering", seen, headers);
}

function slightlyLate({ head }: StreamObservation, late: number): Finding {
  const seen = `each event arrived ${time(late)} late`;
  return fault("Events", "warning", "buffering", seen, fixesFor("buffering", head?.headers ?? {}));
}

function cutSeries({ end, head, events }: StreamObservation): Finding {
  const seen = `the stream was ${end.how === "left" ? "still open, but silent," : end.how} after ${time(end.after)} and ${events.length} events, before its end`;
  const fix = "Look for a limit on the duration of a request in the platform or in a proxy.";
  return fault("Events", "problem", "ended", seen, [fix, ...fixesFor("ended", head?.headers ?? {})]);
}

/** Says what little a stream shows of which it is not known when its events were sent. */
function checkForeignEvents(observations: Observations): Finding {
  const { first, plain } = observations;
  const { events, comments, head, end } = first;
  const headers = head?.headers ?? {};
  if (events.length + comments.length > 0) {
    const [{ after = 0 } = {}] = events;
    const seen =
      events.length === 0 ? "comments alone" : `${events.length} events, the first after ${time(after)}`;
    return fine("Events", `${seen}, within ${time(end.after)}`);
  }
  const seen = `nothing arrived in ${time(end.after)}`;
  if (headers["content-encoding"] === undefined) return nothingArrived(seen, headers);
  const without = plain === undefined ? 0 : plain.events.length + plain.comments.length;
  return without > 0
    ? problem(
        "compression",
        `${seen}, compressed with ${headers["content-encoding"]}; without compression ${without} events and comments arrived`,
        headers,
      )
    : nothingArrived(`${seen}, compressed with ${headers["content-encoding"]}`, headers);
}

function nothingArrived(seen: string, headers: Readonly<Record<string, string>>): Finding {
  const cause = "either nothing was sent, or something between here and the application holds it back";
  return fault("Events", "warning", "buffering", `${seen}: ${cause}`, fixesFor("buffering", headers));
}

function problem(code: FindingCode, seen: string, headers: Readonly<Record<string, string>>): Finding {
  return fault("Events", "problem", code, seen, fixesFor(code, headers));
}
