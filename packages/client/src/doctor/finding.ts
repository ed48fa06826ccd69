/** The causes that the doctor can name. The set is closed, for programs to branch on. */
export type FindingCode =
  /** Nothing is wrong with what was looked at. */
  | "ok"
  /** No connection. */
  | "unreachable"
  /** No response head in time. */
  | "no-response"
  /** Another status than 200. */
  | "status"
  /** No `text/event-stream`. */
  | "content-type"
  /** Something holds events back and delivers several at once, or late. */
  | "buffering"
  /** The response is compressed, and the compressor holds events back. */
  | "compression"
  /** Something ends a stream that is silent. */
  | "timeout"
  /** A header of the request or of the response does not arrive. */
  | "lost-header"
  /** The application receives requests in HTTP/1.0. */
  | "http-1.0"
  /** A stored response is sent. */
  | "cache"
  /** Browsers open at most six connections. */
  | "six-connections"
  /** A client that reconnects does not continue where it was. */
  | "no-resume"
  /** The application does not notice that a client has left. */
  | "leaving"
  /** The application sends nothing for a long time. */
  | "no-heartbeats"
  /** The server ends the stream. */
  | "ended"
  /** It could not be seen. */
  | "unknown";

/** The subjects of the checks, in the order of the report. */
export type Subject =
  | "Response"
  | "Protocol"
  | "Events"
  | "Heartbeats"
  | "Silence"
  | "Cache"
  | "Resume"
  | "Leaving"
  | "Connections";

/**
 * `problem`: streams do not work as they should. `warning`: they work, with a drawback. `note`:
 * good to be aware of.
 */
export type Severity = "ok" | "note" | "warning" | "problem";

/** One result of the doctor. */
export interface Finding {
  readonly subject: Subject;
  readonly severity: Severity;
  readonly code: FindingCode;
  /** A sentence about what was seen. */
  readonly seen: string;
  /** Sentences about what to do, the most likely first; empty if nothing is to be done. */
  readonly fixes: readonly string[];
}

/** Returns a finding without fault. */
export function fine(subject: Subject, seen: string): Finding {
  return { subject, severity: "ok", code: "ok", seen, fixes: [] };
}

/** Returns a finding of a fault. */
export function fault(
  subject: Subject,
  severity: Severity,
  code: FindingCode,
  seen: string,
  fixes: readonly string[],
): Finding {
  return { subject, severity, code, seen, fixes };
}

/** Returns the finding that something could not be seen. */
export function unknown(subject: Subject, seen: string): Finding {
  return { subject, severity: "note", code: "unknown", seen, fixes: [] };
}

/** Returns a number of milliseconds for people. */
export function time(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
