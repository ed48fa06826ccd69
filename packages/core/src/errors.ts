/**
 * The codes of all errors of this toolkit, for programs to branch on. The set is closed: one code
 * means the same in every package.
 *
 * - `invalid-field`: a field of an event would break the wire format (see {@link SseError.field}).
 * - `invalid-option`: an option or argument is out of its range.
 * - `unserializable`: `data` has no JSON form (a cycle, a BigInt, a function).
 * - `too-large`: an event or a run exceeds the size limit in force.
 * - `reserved`: the name or field belongs to the hub (`sse:*` names; `id`, `retry` and `comment` on
 *   publish; `id` on a hub's stream).
 * - `attached`: the stream belongs to a hub already.
 * - `refused`: the handler refused the request before the first byte, see `refuse`.
 * - `idempotency-conflict`: an idempotency key was used again for another event.
 * - `invalid-event`: an event's payload does not match its schema (see {@link SseError.issues}),
 *   its name has none, or a client cannot decode its data.
 * - `overloaded`: too many publishes, or events of a run, wait for the log; nothing was stored.
 *   Publish slower, or raise the limit.
 * - `append-timeout`: the log did not respond in time; the event may be stored. Retry with the same
 *   idempotency key.
 * - `append-conflict`: something else was appended to a run meanwhile, and nothing was stored.
 * - `run-exists`: there is a run with this id already, or its producer is alive.
 * - `run-unknown`: there is no run with this id, or it is no longer held.
 * - `run-ended`: the run has ended, so that nothing is appended to it any more.
 * - `closed`: the hub, log or stream has been closed.
 * - `log-unavailable`: the event log cannot be reached now; nothing was stored.
 * - `handler-failed`: the application's handler threw, or returned what it must not.
 * - `disconnected`: no connection could be made, or it broke (client).
 * - `ended`: the server ended the stream (client).
 * - `idle`: nothing was received for as long as the idle timeout (client).
 * - `bad-response`: the response is no event stream; see {@link SseError.status} and {@link
 *   SseError.body} (client).
 */
export type SseErrorCode =
  | "invalid-field"
  | "invalid-option"
  | "unserializable"
  | "too-large"
  | "reserved"
  | "attached"
  | "refused"
  | "idempotency-conflict"
  | "invalid-event"
  | "overloaded"
  | "append-timeout"
  | "append-conflict"
  | "run-exists"
  | "run-unknown"
  | "run-ended"
  | "closed"
  | "log-unavailable"
  | "handler-failed"
  | "disconnected"
  | "ended"
  | "idle"
  | "bad-response";

/** One thing that is wrong with a payload. */
export interface SseIssue {
  /**
   * The path in the payload: names and indexes joined by dots; empty for the payload as a whole.
   */
  readonly path: string;
  readonly message: string;
}

/** The details of an {@link SseError}, beside its code and message. */
export interface SseErrorDetails {
  /** The field or option at fault, such as `event` or `retry`. */
  field?: string | undefined;
  /** The faults of the payload, for `invalid-event`. */
  issues?: readonly SseIssue[] | undefined;
  /** HTTP status: to respond with, for `refused`; of the response, for `bad-response`. */
  status?: number | undefined;
  /** Extra response headers, for `refused`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Response body, for `refused`; its beginning, for `bad-response`. */
  body?: string | undefined;
  /** The underlying error. */
  cause?: unknown;
}

/** The one error class of the toolkit: a code, a message that contains the fix, and details. */
export class SseError extends Error {
  override readonly name = "SseError";
  declare readonly code: SseErrorCode;
  declare readonly field: string | undefined;
  declare readonly issues: readonly SseIssue[] | undefined;
  declare readonly status: number | undefined;
  declare readonly headers: Readonly<Record<string, string>> | undefined;
  declare readonly body: string | undefined;

  constructor(code: SseErrorCode, message: string, details: SseErrorDetails = {}) {
    super(message, details);
    Object.assign(this, details, { code });
  }
}

/**
 * Returns whether something thrown is an error of this toolkit. Recognizes also the error of
 * another copy of the package (its CommonJS build, a second version), for which `instanceof` is
 * false.
 */
export function isSseError(error: unknown): error is SseError {
  const { name, code } = Object(error);
  return name === "SseError" && typeof code === "string";
}

/** The error for an option or argument that is wrong. */
export function invalidOption(field: string, message: string): SseError {
  return new SseError("invalid-option", message, { field });
}

/**
 * The error for an option out of its range. The name may have a prefix, `createRedisLog: key`; the
 * error's `field` is then `key`.
 */
export function outOfRange(name: string, wanted: string, value: unknown): SseError {
  return invalidOption(
    name.slice(name.lastIndexOf(" ") + 1),
    `${name} must be ${wanted}, not ${shown(value)}`,
  );
}

/** The error for a key that no option has. */
export function unknownKey(
  where: string,
  key: string,
  nearest: string | undefined,
  known: readonly string[],
): SseError {
  const fix = nearest === undefined ? `pass only ${known.join(", ")}` : `did you mean "${nearest}"?`;
  return invalidOption(key, `${where}: unknown key "${key}": ${fix}`);
}

/** The error for `event`, `id` or `comment` that is no string. */
export function notAString(field: string, value: unknown): SseError {
  return invalidField(field, `${field} is ${typeOf(value)}: pass a string, such as String(value)`);
}

/** The error for a character that would end a field. */
export function forbiddenCharacter(field: string, code: number, index: number): SseError {
  const name = code === 10 ? "a line feed" : code === 13 ? "a carriage return" : "a NUL";
  return invalidField(
    field,
    `${field} contains ${name} at index ${index}: remove it, or put the text into data, which may have any characters`,
  );
}

/** The error for a `retry` that is not written as digits. */
export function notMilliseconds(retry: unknown): SseError {
  return invalidField(
    "retry",
    `retry is ${shown(retry)}: pass a non-negative integer, in milliseconds (Math.round() it)`,
  );
}

/** The error for something that is sent instead of an event. */
export function notAnEvent(value: unknown): SseError {
  return invalidField("data", `an event is an object, not ${typeOf(value)}: send { data: … }`);
}

/** The error for an object without a field that could be sent. */
export function noFields(event: object): SseError {
  const unknown = Object.keys(event)[0]?.slice(0, 64);
  const found = unknown === undefined ? "this one is empty" : `this one has "${unknown}"`;
  return invalidField(
    "data",
    "data" in event
      ? 'data is undefined: send null or "", or leave the event out'
      : `an event has event, data, id, retry or comment; ${found}: send { event, data }`,
  );
}

/** The error for a field that no event has. */
export function unknownField(field: string, nearest: string | undefined): SseError {
  const shown = field.slice(0, 64);
  const fix = nearest === undefined ? "send event, data, id, retry or comment" : `did you mean "${nearest}"?`;
  return invalidField(shown, `an event has no field "${shown}": ${fix}`);
}

/** The error for a source that cannot be read. */
export function notASource(source: unknown): SseError {
  return invalidOption(
    "source",
    `the source is ${typeOf(source)}: pass a web stream, an async iterable, a Response, or a string`,
  );
}

/** The error for events or chunks that cannot be read one by one. */
export function notIterable(source: unknown): SseError {
  return invalidOption(
    "source",
    `the source is ${typeOf(source)}: pass an iterable, an async iterable or a web stream`,
  );
}

/** The error for a stream without a sink. */
export function notASink(sink: unknown): SseError {
  return invalidOption(
    "sink",
    `the sink is ${typeOf(sink)} that is no EventSink: use eventStream or hubStream of an adapter, or implement EventSink`,
  );
}

/** The error for data without a form on the wire. */
export function unserializable(reason: string, cause?: unknown): SseError {
  return new SseError("unserializable", `data cannot be sent: ${reason}`, { field: "data", cause });
}

/** The error for an event that a parser skipped. */
export function eventTooLarge(maxEventSize: number): SseError {
  return new SseError("too-large", `an event was skipped: raise maxEventSize (${maxEventSize})`);
}

/** The error for a chunk that is neither a string nor bytes. */
export function notAChunk(chunk: unknown): SseError {
  // Not `typeOf`, which pages would download for this alone.
  return invalidOption("chunk", `a chunk is ${typeof chunk}: pass a string or bytes`);
}

/** The error for a callback that calls `feed` of its own parser. */
export function fedByCallback(): SseError {
  return new SseError("handler-failed", "a callback fed its own parser: feed it later");
}

/** The error for an id on a stream whose ids a hub assigns. */
export function reservedId(): SseError {
  return new SseError(
    "reserved",
    "the ids of this stream are the hub's: leave id out, or publish through the hub",
    { field: "id" },
  );
}

/** The error for a stream that is connected twice. */
export function attachedBefore(): SseError {
  return new SseError("attached", "a hub has this stream already: connect a stream to one hub, once");
}

function invalidField(field: string, message: string): SseError {
  return new SseError("invalid-field", message, { field });
}

/** Names the type of a value in a message: `null`, `an array`, `a string`, … */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * Shows a value in a message: a number as it is, a short string in quotes, anything else by its
 * type.
 */
function shown(value: unknown): string {
  if (typeof value === "string") return value.length > 64 ? "a long string" : JSON.stringify(value);
  return typeof value === "object" || typeof value === "function" ? typeOf(value) : String(value);
}
