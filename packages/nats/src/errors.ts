import { isSseError, SseError } from "@sse/core";

/** The error of an engine that cannot be reached or refuses: nothing was stored. */
export function unavailable(cause: unknown): SseError {
  if (isSseError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SseError(
    "log-unavailable",
    `NATS JetStream is not available: ${reason}. The log keeps trying; retry later`,
    { cause },
  );
}

/** The error of an append that may have been stored. */
export function appendTimeout(reason: string, cause?: unknown): SseError {
  return new SseError(
    "append-timeout",
    `NATS JetStream ${reason}; the event may be stored. Retry with the same idempotency key`,
    { cause },
  );
}

/** The error of a read whose position is in an epoch that has ended. */
export function otherEpoch(): SseError {
  return new SseError(
    "log-unavailable",
    "the log began a new epoch while this was read: read again after the reset",
  );
}

/** The error of an event that exceeds a limit of the server. */
export function tooLarge(what: string, bytes: number, max: number, fix: string): SseError {
  return new SseError("too-large", `${what} has ${bytes} bytes and the server accepts ${max}: ${fix}`);
}

/** Reports a message on the hub's subjects that is no entry. */
export function foreignMessage(subject: string, sequence: number): SseError {
  return new SseError(
    "invalid-event",
    `message ${sequence} on ${subject} is no entry of a hub and is skipped: publish through a hub, or to another subject`,
  );
}

/** Reports entries that a later version of this package stored. */
export function newerEntry(sequence: number): SseError {
  return new SseError(
    "log-unavailable",
    `message ${sequence} has a later version than this instance can read, and counts as evicted: update this instance`,
  );
}

/** Warns about a server version that breaks the promises of the log. */
export function unsafeCluster(version: string): SseError {
  return new SseError(
    "invalid-option",
    `nats-server ${version} in a cluster can lose acknowledged events and store two events on one sequence: upgrade to 2.10 or later`,
  );
}

/** Warns about a setting of the stream that breaks the promises of the log. */
export function unsafeStream(stream: string, setting: string, effect: string, fix: string): SseError {
  return new SseError("invalid-option", `the stream ${stream} has ${setting}: ${effect}; ${fix}`);
}

/** The cause of an outage: the stream cannot store what is published. */
export function unusableStream(stream: string, setting: string): Error {
  return new Error(`the stream ${stream} has ${setting}, so nothing that is published is stored: remove it`);
}

/** The cause of an outage: the stream has no consumer left for this instance. */
export function noConsumerLeft(stream: string, max: number): Error {
  return new Error(
    `the stream ${stream} allows max_consumers ${max} and has them, so this instance cannot follow it: raise max_consumers`,
  );
}

/**
 * Whether a request failed because nothing listens to its subject: it was not received. By the
 * names of the errors, because the connection may be one of another copy of the client.
 */
export function isNoResponders(error: unknown): boolean {
  const { name, cause } = Object(error) as Partial<Error>;
  return name === "NoResponders" || (name === "RequestError" && isNoResponders(cause));
}
