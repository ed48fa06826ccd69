import { doctorStreamOf, isWhole } from "../doctor-stream.js";
import { type Finding, fine, time, unknown } from "../finding.js";
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
  const severity = limit < defaultHeartbeat ? "problem" : "note";
  return {
    subject: "Silence",
    severity,
    code: "timeout",
    seen: severity === "note" ? `${seen}; the default heartbeat of 15 s keeps it open` : seen,
    fixes: [...fixesFor("timeout", stream.head?.headers ?? {}), shorterHeartbeat(limit, heartbeats)],
  };
}

function quietTime({ end, lastByteAfter = 0 }: StreamObservation): number {
  return end.after - lastByteAfter;
}

function shorterHeartbeat(limit: number, heartbeats: SilenceObservation | undefined): string {
  const interval = Math.max(100, Math.floor(limit / 200) * 100);
  const proof =
    heartbeats && isWhole(heartbeats.stream)
      ? ` With one every ${time(heartbeats.heartbeat)} it stayed open for ${time(heartbeats.asked)}.`
      : "";
  return `Or send heartbeats more often: createHub({ heartbeat: { interval: ${interval} } }), eventStream(…, { heartbeat: ${interval} }).${proof}`;
}

function checkForeignEnd(stream: StreamObservation): Finding | undefined {
  const { end } = stream;
  if (end.how === "cut")
    return {
      subject: "Silence",
      severity: "problem",
      code: "timeout",
      seen: `the stream was cut after ${time(end.after)}, ${time(quietTime(stream))} after its last byte`,
      fixes: [...fixesFor("timeout", stream.head?.headers ?? {}), "Or send heartbeats more often than that."],
    };
  if (end.how === "complete")
    return {
      subject: "Silence",
      severity: "note",
      code: "ended",
      seen: `the server ended the stream after ${time(end.after)}: clients reconnect each time`,
      fixes: [],
    };
  return fine("Silence", `open for ${time(end.after)}`);
}
