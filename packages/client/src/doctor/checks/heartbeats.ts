import { doctorStreamOf } from "../doctor-stream.js";
import { type Finding, fault, fine, time, unknown } from "../finding.js";
import type { Observations, StreamObservation } from "../observations.js";

/** Milliseconds of silence within which most servers send a heartbeat. */
const usualHeartbeat = 15_000;

/** Checks that heartbeats arrive. */
export function checkHeartbeats({ first }: Observations): Finding {
  if (doctorStreamOf(first) === undefined) return checkForeignHeartbeats(first);
  const { comments } = first;
  if (comments.length > 0) return fine("Heartbeats", `${comments.length} comments arrived`);
  const seen = "comments, which are the heartbeats, did not arrive";
  const fix = 'Send heartbeats as events: createHub({ heartbeat: { kind: "event" } }).';
  return fault("Heartbeats", "problem", "no-heartbeats", seen, [fix]);
}

function checkForeignHeartbeats({ maxSilence, end }: StreamObservation): Finding {
  if (maxSilence < usualHeartbeat + 1_000)
    return end.after < usualHeartbeat
      ? unknown("Heartbeats", `seen for ${time(end.after)} only`)
      : fine("Heartbeats", `never silent for longer than ${time(maxSilence)}`);
  const seen = `silent for ${time(maxSilence)}: proxies end silent streams, many after 60 s, and a client cannot tell them from lost ones`;
  const fix = "Send a comment (a line `:`) every 15 s while there is nothing else to send.";
  return fault("Heartbeats", "warning", "no-heartbeats", seen, [fix]);
}
