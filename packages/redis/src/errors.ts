import { isSseError, SseError } from "@sse/core";

export { idempotencyConflict, logClosed } from "@sse/hub/log";

/** The error of a `client` that is no client of a supported library. */
export function invalidClient(): SseError {
  return new SseError(
    "invalid-option",
    "createRedisLog: client must be a client of ioredis or of node-redis, such as `new Redis()` or `createClient()`",
    { field: "client" },
  );
}

/** The error of a `url` without an installed client library. */
export function noClientLibrary(): SseError {
  return new SseError(
    "invalid-option",
    "createRedisLog: url needs a client library; install one, `npm install ioredis` or `npm install redis`",
    { field: "url" },
  );
}

/** The error of an operation that was certainly not carried out. */
export function unavailable(cause: unknown): SseError {
  if (isSseError(cause)) return cause;
  return new SseError(
    "log-unavailable",
    `Redis cannot be used now (${messageOf(cause)}); nothing was stored, try again later`,
    { cause },
  );
}

/** Errors of a server that did not run the script. */
const notRun =
  /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|BUSY|NOSCRIPT|OOM|NOREPLICAS|NOPERM|NOAUTH|MISCONF) /;

/**
 * Returns the error of an append that failed with `cause`: certainly not stored, or not confirmed.
 */
export function appendFailure(cause: unknown): SseError {
  if (isSseError(cause)) return cause;
  return notRun.test(messageOf(cause)) ? unavailable(cause) : appendTimeout(cause);
}

function appendTimeout(cause: unknown): SseError {
  return new SseError(
    "append-timeout",
    `Redis did not confirm the event (${messageOf(cause)}); it may be stored: retry with the same idempotencyKey`,
    { cause },
  );
}

/** The cause of an operation that fails because its epoch has ended. */
export function epochEnded(): Error {
  return new Error("Redis lost data or was replaced, and the log begins a new epoch");
}

/** The cause of an operation that fails because its connection broke. */
export function connectionBroken(): Error {
  return new Error("the connection has broken");
}

/** The error of an entry that another program wrote into the stream. */
export function foreignEntry(id: unknown): SseError {
  return new SseError(
    "invalid-event",
    `the stream holds what this package did not write (${String(id).slice(0, 40)}); give the log a \`key\` that nothing else uses`,
  );
}

/** The error of an entry that a newer version of this package wrote. */
export function newerEntry(version: unknown): SseError {
  return new SseError(
    "log-unavailable",
    `the stream holds an entry of version ${String(version).slice(0, 10)}, which this version of the package cannot read: update all instances`,
  );
}

/** The warning about a server that may delete the log's keys when memory runs out. */
export function evictionPolicy(policy: string): SseError {
  const lost = policy.startsWith("allkeys") ? "the log's keys" : "the log's idempotency keys";
  return new SseError(
    "invalid-option",
    `Redis has maxmemory-policy ${policy} and may delete ${lost}: set maxmemory-policy to noeviction`,
    { field: "maxmemory-policy" },
  );
}

/** The cause of an operation that fails because the connection leads to a replica. */
export function isReplica(): Error {
  return new Error("the connection leads to a replica");
}

/** The error of a reply that has another form than expected. */
export function unexpectedReply(): SseError {
  return new SseError(
    "log-unavailable",
    "Redis sent a reply that this package does not understand; give the log a `key` that nothing else uses",
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
