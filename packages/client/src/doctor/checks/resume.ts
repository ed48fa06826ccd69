import { controlEventPrefix } from "@sse/core/internal";
import { doctorStreamOf, dripsOf } from "../doctor-stream.js";
import { type Finding, fault, fine, unknown } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { EventObservation, Observations, StreamObservation } from "../observations.js";
import { isCached } from "./cache.js";

/** Checks that a client which reconnects continues after the event that it received last. */
export function checkResume(observations: Observations): Finding {
  const { first, resumed } = observations;
  if (doctorStreamOf(first) === undefined) return checkForeignResume(observations);
  if (isCached(observations)) return unknown("Resume", "a stored response was received: see Cache");
  const stream = doctorStreamOf(resumed);
  if (resumed === undefined || stream === undefined)
    return unknown("Resume", "the request with a Last-Event-ID received no stream");
  if (stream.hello.received.lastEventId !== resumed.lastEventId) {
    const headers = resumed.head?.headers ?? {};
    const seen =
      "the request header Last-Event-ID does not reach the application: a client that reconnects starts from the beginning again";
    return fault("Resume", "problem", "lost-header", seen, fixesFor("lost-header", headers));
  }
  return checkContinuation(resumed);
}

function checkContinuation(resumed: StreamObservation): Finding {
  const expected = Number(resumed.lastEventId.split(".").at(-1)) + 1;
  const [next] = dripsOf(resumed);
  if (next?.n === expected) return fine("Resume", "a client that reconnects continues after its last event");
  return fault(
    "Resume",
    "problem",
    "no-resume",
    "a client that reconnects receives other events than the missed ones",
    [],
  );
}

function checkForeignResume({ first, resumed }: Observations): Finding {
  const ids = first.events.filter(({ id }) => id !== "").map(({ id }) => id);
  if (first.events.length === 0) return unknown("Resume", "no event arrived that a client could resume from");
  if (ids.length === 0)
    return fault(
      "Resume",
      "warning",
      "no-resume",
      "the events have no id: what is sent while a client reconnects is lost for it",
      ["Give each event an id, and continue after the request header Last-Event-ID."],
    );
  if (resumed === undefined || !resumed.events.some(({ id }) => id !== ""))
    return unknown(
      "Resume",
      "the events have ids; nothing arrived after a reconnect that shows their effect",
    );
  if (!resumed.events.some((event) => wasReceived(event, first)))
    return fine("Resume", "a client that reconnects does not receive its events again");
  const seen =
    "a client that reconnects receives its events again: the Last-Event-ID was ignored, or did not arrive";
  return fault("Resume", "warning", "no-resume", seen, [
    "Continue after the event that the request header Last-Event-ID names.",
    ...fixesFor("lost-header", first.head?.headers ?? {}),
  ]);
}

/** Whether an event was received before. A hub's own events have the id of the position. */
function wasReceived({ id, event, data }: EventObservation, { events }: StreamObservation): boolean {
  if (id === "" || event.startsWith(controlEventPrefix)) return false;
  return events.some((one) => one.id === id && one.event === event && one.data === data);
}
