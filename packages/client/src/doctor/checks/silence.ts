import { doctorStreamOf, heartbeatFor, isWhole, quietTime } from "../doctor-stream.js";
import { type Finding, fault, fine, time, unknown } from "../finding.js";
import { fixesFor } from "../intermediaries.js";
import type { Observations, SilenceObservation, StreamObservation } from "../observations.js";

/** Milliseconds between heartbeats by default. */
const defaultHeartbeat = 15_000;

/** Checks for how long a stream may be silent. */
export function checkSilence({ first, silence, heartbeats }: Observations): Finding | undefined {
  if (silence === undefined) return doctorStreamOf(first) ? undefined : checkForeignEnd(first);
  const { stream, asked } = silence;
  if (isWhole(stream)) return fine("Silence", `a stream that was silent for ${time(asked)} stayed open`);
  if (doctorStreamOf(stream) === undefined)
    return unknown("Silence", "the silent stream never began: its first event is held back or refused");
  const limit = quietTime(stream);
  const seen = `a stream that is silent is ended after ${time(limit)}`;
  const fixes = [...fixesFor("timeout", stream.head?.headers ?? {}), shorterHeartbeat(limit, heartbeats)];
  if (limit < defaultHeartbeat) return fault("Silence", "problem", "timeout", seen, fixes);
  const kept = `${seen}; the default heartbeat of 15 s keeps it open`;
  return fault("Silence", "note", "timeout", kept, fixes);
}

function shorterHeartbeat(limit: number, heartbeats: SilenceObservation | undefined): string {
  const interval = heartbeatFor(limit);
  const proof =
    heartbeats && isWhole(heartbeats.stream)
      ? ` With one every ${time(heartbeats.heartbeat)} it stayed open for ${time(heartbeats.asked)}.`
      : "";
  return `Or send heartbeats more often: createHub({ heartbeat: { interval: ${interval} } }), eventStream(…, { heartbeat: ${interval} }).${proof}`;
}

function checkForeignEnd(stream: StreamObservation): Finding | undefined {
  const { end, head } = stream;
  if (end.how === "cut") {
    const seen = `the stream was cut after ${time(end.after)}, ${time(quietTime(stream))} after its last byte`;
    const fixes = [...fixesFor("timeout", head?.headers ?? {}), "Or send heartbeats more often than that."];
    return fault("Silence", "problem", "timeout", seen, fixes);
  }
  if (end.how === "complete") {
    const seen = `the server ended the stream after ${time(end.after)}: clients reconnect each time`;
    return fault("Silence", "note", "ended", seen, []);
  }
  return fine("Silence", `open for ${time(end.after)}`);
}
