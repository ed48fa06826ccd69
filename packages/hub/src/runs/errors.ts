import { type EndInfo, refuse, SseError } from "@sse/core";
import { outOfRange } from "@sse/core/internal";

/** The error of runs on a log that cannot keep any. */
export function noRunLog(): SseError {
  return new SseError(
    "invalid-option",
    "the hub's log keeps no runs: pass a log that has `runs`, such as that of createMemoryLog",
    { field: "log" },
  );
}

/** The error of a run's id that cannot be one. */
export function badRunId(): SseError {
  return new SseError(
    "invalid-option",
    "the id of a run must be a string of 1 to 256 characters, without half a surrogate pair",
    { field: "id" },
  );
}

/** The error of canceling a run with a reason that is no string. */
export function badReason(reason: unknown): SseError {
  return outOfRange("reason", "a string", reason);
}

/** The error of starting a run whose id is in use. */
export function runExists(id: string): SseError {
  return new SseError(
    "run-exists",
    `there is a run "${shown(id)}" already: leave the id out for a new one, or read that run`,
    { field: "id" },
  );
}

/** The error of taking over a run whose producer is alive. */
export function runActive(id: string): SseError {
  return new SseError(
    "run-exists",
    `the producer of the run "${shown(id)}" is alive: only a lost run can be taken over`,
    { field: "id" },
  );
}

/** The error of taking over a run that does not exist, or is no longer held. */
export function runUnknown(id: string): SseError {
  return new SseError(
    "run-unknown",
    `there is no run "${shown(id)}", or its ttl has passed: start a new one`,
    { field: "id" },
  );
}

/** The error of appending to a run that has ended. */
export function runEnded(id: string, { state, reason }: EndInfo): SseError {
  const why = reason === undefined ? state : `${state} (${reason})`;
  return new SseError(
    "run-ended",
    `the run "${shown(id)}" has ended, it is ${why}: stop producing when run.signal aborts`,
  );
}

/** The error of a run that is larger than it may be. */
export function runTooLarge(option: "maxBytes" | "maxEvents", limit: number): SseError {
  const unit = option === "maxBytes" ? "bytes" : "events";
  return new SseError(
    "too-large",
    `the run has more than ${limit} ${unit}, and has failed: produce less, or raise its ${option}`,
    { field: option },
  );
}

/** The error of a run whose producer is faster than the log. */
export function runOverloaded(waiting: number): SseError {
  return new SseError(
    "overloaded",
    `${waiting} events of a run wait for the log, and the run has failed: await run.append, or use run.pipe`,
  );
}

/** The refusal of a reader of a run that does not exist, or is another user's. */
export function runNotFound(): SseError {
  return refuse(404, { body: "there is no such run, or it is no longer held" });
}

/** The error of a `runStream` callback without a result. */
export function noRunNamed(): SseError {
  return new SseError(
    "handler-failed",
    "the callback of runStream named no run: return { run: id }, or throw refuse(status)",
  );
}

function shown(id: string): string {
  return id.slice(0, 64);
}
