import { SseError, type SseIssue } from "@sse/core";
import { invalidOption, nearestOf, typeOf } from "@sse/core/internal";

/** The error of every call on a log that has been closed. */
export function logClosed(): SseError {
  return new SseError("closed", "this log has been closed; create another one");
}

/** The error of an append whose idempotency key was used for another entry. */
export function idempotencyConflict(): SseError {
  return new SseError(
    "idempotency-conflict",
    "this idempotency key was used for another event; use a new key for each event",
    { field: "idempotencyKey" },
  );
}

/** The error of an append to a run to which something else has been appended meanwhile. */
export function appendConflict(): SseError {
  return new SseError(
    "append-conflict",
    "the run's newest entry is not the one to append after: read the run, and append after its newest entry",
  );
}

/** The error of a subscription whose `expires` is no date. */
export function expiresNotADate(): SseError {
  return new SseError("invalid-option", "expires must be a valid Date", { field: "expires" });
}

/** The error of asking for a position before the log has been reached. */
export function headUnknown(): SseError {
  return new SseError("log-unavailable", "the hub has not reached its log yet; try again in a moment");
}

/** The error of an entry in the log that no hub has published. */
export function foreignEntry(position: string): SseError {
  return new SseError(
    "invalid-event",
    `the log holds an entry at ${position} that no hub has published, with a name that is reserved or has a line break: it is not delivered; let only hubs write to the log`,
    { field: "event" },
  );
}

/** The refusal of a client without control events whose position is no longer held. */
export function positionGone(): SseError {
  return new SseError(
    "refused",
    "the position of a client is no longer held, and its subscription has no control events to say so: connect without an id, from a snapshot",
    { status: 410, body: "events after this id are no longer held: connect without it" },
  );
}

/** The error of a listener for a hook that does not exist. */
export function unknownHook(name: string, known: readonly string[]): SseError {
  const shown = String(name).slice(0, 64);
  const nearest = nearestOf(shown, known);
  const fix = nearest === undefined ? `there are ${known.join(", ")}` : `did you mean "${nearest}"?`;
  return new SseError("invalid-option", `hub.on: there is no hook "${shown}": ${fix}`, { field: "name" });
}

/** The error of an argument that must be a function. */
export function notAFunction(where: string, field: string, value: unknown): SseError {
  return new SseError("invalid-option", `${where}: the ${field} is ${typeOf(value)}: pass a function`, {
    field,
  });
}

/** The error of an option that must be an object of a certain kind, such as a log. */
export function notAn(kind: string, field: string, value: unknown): SseError {
  const fix =
    typeof value === "function" ? "call it, and pass what it returns" : `pass ${kind}, or leave it out`;
  return new SseError("invalid-option", `createHub: ${field} is ${typeOf(value)}: ${fix}`, { field });
}

/** The error of disconnecting no target, or several. */
export function badTarget(): SseError {
  return new SseError("invalid-option", "disconnect: pass one of { user }, { topic } and { connection }", {
    field: "target",
  });
}

/** The error of connecting what is no stream, such as a response. */
export function notAStream(value: unknown): SseError {
  return new SseError(
    "invalid-option",
    `hub.connect: the stream is ${typeOf(value)}: pass an EventStream, or let hubStream of an adapter connect the request`,
    { field: "stream" },
  );
}

/** The refusal of a subscription that has expired already. */
export function alreadyExpired(): SseError {
  return new SseError(
    "refused",
    "expires is in the past: refuse the client in the callback, or grant it new rights",
    { status: 401, field: "expires" },
  );
}

/** The error of connecting a stream whose id another connection has. */
export function streamIdInUse(): SseError {
  return new SseError("invalid-option", "another connection has this stream's id: use another id", {
    field: "id",
  });
}

/** The error of a stream on a response whose head has been sent already. */
export function responseStarted(): SseError {
  return new SseError(
    "handler-failed",
    "the response was started before the event stream: nothing else may send its head",
  );
}

/** The error of a callback that threw `undefined` or `null`. */
export function thrownNothing(): SseError {
  return new SseError("handler-failed", "the callback threw nothing: throw an Error");
}

/** The error of a `hubStream` callback without a result. */
export function noSubscription(): SseError {
  return new SseError(
    "handler-failed",
    "the callback of hubStream returned no subscription: return {} to follow what is broadcast, or throw refuse(status)",
  );
}

/** The error of a request body above its limit. */
export function bodyTooLarge(maxBytes: number): SseError {
  return new SseError("too-large", `the body has more than ${maxBytes} bytes; send fewer events at a time`);
}

/** The error of a request body that ends early. */
export function clientLeft(): SseError {
  return new SseError("closed", "the client left before it had sent the body");
}

/** The error of a request body that something else has read. */
export function bodyReadBefore(): SseError {
  return new SseError(
    "handler-failed",
    "the body was read before the endpoint was asked, and is not where body parsers leave it: put the endpoint in front",
  );
}

/** The error of a topic or user that has no valid name. */
export function badName(kind: "topic" | "user", maxLength: number): SseError {
  return new SseError(
    "invalid-option",
    `a ${kind} must be a string of 1 to ${maxLength} characters, without half a surrogate pair`,
    {
      field: kind,
    },
  );
}

/** The error of an empty list of topics or users. */
export function noNames(kind: "topic" | "user"): SseError {
  return new SseError("invalid-option", `name at least one ${kind}`, { field: kind });
}

/** The error of subscribing a connection to more topics than it may follow. */
export function topicLimitReached(limit: number): SseError {
  return new SseError(
    "invalid-option",
    `the connection follows ${limit} topics already: unsubscribe from some, or raise limits.topicsPerConnection`,
    { field: "topics" },
  );
}

/** The error of making a connection follow topics that reads a run. */
export function readsRun(): SseError {
  return new SseError(
    "invalid-option",
    "a connection that reads a run follows that alone: open another one",
    {
      field: "topics",
    },
  );
}

/**
 * The refusal of a subscription with a topic or user that is no name. It may be the client's, so it
 * has a status.
 */
export function refusedName(kind: "topic" | "user", maxLength: number): SseError {
  const { message } = badName(kind, maxLength);
  const field = kind === "topic" ? "topics" : "user";
  return new SseError("refused", message, { status: 400, body: message, field });
}

/**
 * The refusal of a subscription with more topics than a connection may follow. Its names may be the
 * client's, so it is one with a status.
 */
export function tooManyTopics(limit: number): SseError {
  return new SseError(
    "refused",
    `a subscription has more than ${limit} topics: name fewer, or raise limits.topicsPerConnection`,
    { status: 400, body: `a subscription may have ${limit} topics`, field: "topics" },
  );
}

/** The error of an event whose payload does not match its schema. */
export function eventMismatch(name: string, issues: readonly SseIssue[]): SseError {
  const list = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  return new SseError("invalid-event", `event "${name}" does not match its schema: ${list}`, {
    field: "data",
    issues,
  });
}

/** The error of an event without a schema, on a hub with schemas. */
export function unknownEvent(name: string, known: readonly string[]): SseError {
  return new SseError(
    "invalid-event",
    `there is no schema for event "${name}"; there is one for ${known.join(", ")}`,
    { field: "event" },
  );
}

/** The error of a message on the bus that no hub of this version sends. */
export function foreignMessage(): SseError {
  return new SseError(
    "invalid-field",
    "a message on the bus was ignored, because no hub of this version sends such: use the bus for nothing else, and run one version on all instances",
    { field: "bus" },
  );
}

/** The error of presence of other instances that uses too much memory. */
export function presenceTooLarge(): SseError {
  return new SseError(
    "overloaded",
    "the users and topics of the other instances use too much memory, so some of them are missing here: run fewer instances on one bus, or use shorter names",
  );
}

/** The error of a run that a memory log has no room for. */
export function tooManyRunBytes(max: number): SseError {
  return new SseError(
    "overloaded",
    `the runs in memory have ${max} bytes or more: shorten their ttl, raise maxRunBytes of createMemoryLog, or use a log on Redis or NATS`,
  );
}

/** The error of reading the metadata of a connection to another instance. */
export function remoteMetadata(): SseError {
  return new SseError(
    "handler-failed",
    "the metadata of a connection stays on its instance, and this connection is on another one: decide by its user, or keep what you need in a store that all instances share",
    { field: "metadata" },
  );
}

/** The error of an endpoint without `authorize`: nothing is allowed by default. */
export function authorizeMissing(endpoint: "publish" | "subscription", signature: string): SseError {
  return new SseError("invalid-option", `a ${endpoint} endpoint needs authorize: ${signature}`, {
    field: "authorize",
  });
}

/** The error of an `authorize` that returns a publisher without a usable name. */
export function badPublisher(): SseError {
  return new SseError(
    "handler-failed",
    "authorize returned a publisher that is no string of 1 to 256 characters: return a short name, such as an id",
    { field: "publisher" },
  );
}

/** The error of publishing on a hub that has been closed. */
export function hubClosed(): SseError {
  return new SseError("closed", "the hub has been closed; nothing was published");
}

/** The error of a publish while too many, or too much data, wait for the log. */
export function tooManyAppends(waiting: number): SseError {
  return new SseError(
    "overloaded",
    `${waiting} publishes wait for the log already; nothing was published, try later`,
  );
}

/** The error of an append that the log has not confirmed in time. */
export function appendTimeout(timeout?: number): SseError {
  return new SseError(
    "append-timeout",
    `the log did not answer within ${timeout} ms; the event may be stored: retry with the same idempotencyKey`,
  );
}

/** The error of a log that does not return what it holds. */
export function logSilent(what: string): SseError {
  return new SseError("log-unavailable", `the log ${what}: look at the connection to its engine`);
}

/** The error of publishing anything but an object. */
export function notAnEvent(value: unknown): SseError {
  return new SseError("invalid-field", `an event is an object, not ${typeOf(value)}: publish { data: … }`, {
    field: "data",
  });
}

/** The error of an event with a field that the hub sets. */
export function fieldOfTheHub(field: string): SseError {
  return new SseError("reserved", `${field} is set by the hub; publish only event and data`, { field });
}

/** The error of an event with a name that the hub sends. */
export function nameOfTheHub(name: string): SseError {
  return new SseError(
    "reserved",
    `"${name.slice(0, 64)}": names that begin with "sse:" are the hub's; choose another`,
    { field: "event" },
  );
}

/** The error of an event with a field that no event has. */
export function unknownEventField(field: string, nearest: string | undefined): SseError {
  const shown = field.slice(0, 64);
  const fix = nearest === undefined ? "publish only event and data" : `did you mean "${nearest}"?`;
  return new SseError("invalid-field", `an event has no field "${shown}": ${fix}`, { field: shown });
}

/** The error of an event name that would break the wire format. */
export function badEventName(): SseError {
  return new SseError("invalid-field", "event must be a string without CR, LF or NUL", { field: "event" });
}

/** The error of an event above the limit. */
export function eventTooLarge(bytes: number, limit: number): SseError {
  return new SseError(
    "too-large",
    `the event has ${bytes} bytes, the limit is ${limit}: send less, or a link to it, or raise limits.eventBytes`,
    { field: "data" },
  );
}

/** The error of a publish to more topics or users than allowed. */
export function tooManyNames(kind: "topic" | "user", limit: number): SseError {
  return new SseError(
    "invalid-option",
    `an event may have ${limit} ${kind}s: publish it several times, or raise limits.topicsPerPublish`,
    { field: `${kind}s` },
  );
}

/** The error of an event for one instance that is no ephemeral one. */
export function notAnInstanceEvent(): SseError {
  return new SseError(
    "invalid-option",
    'only an ephemeral event can stay on this instance, because all instances share the log: publish it with { ephemeral: true, scope: "instance" }',
    { field: "scope" },
  );
}

/** The error of a key of a publish that cannot be compared or stored. */
export function badKey(option: string, maxLength: number): SseError {
  const length = Number.isFinite(maxLength) ? `of 1 to ${maxLength} characters` : "that is not empty";
  return new SseError(
    "invalid-option",
    `${option} must be a string ${length}, without half a surrogate pair`,
    { field: option },
  );
}

/** The error of a handler that is created without its function, or used without being created. */
export function notACallback(value: unknown, call: string): SseError {
  return invalidOption("callback", `the callback is ${typeOf(value)}: create the handler, ${call}`);
}

/** The error of a hub handler that is created without a hub, or used without being created. */
export function notAHub(value: unknown, call: string): SseError {
  return invalidOption("hub", `the hub is ${typeOf(value)} that is none: create the handler, ${call}`);
}
