/**
 * Every way in which this toolkit fails, for programs to branch on. The set is closed: one code means the same everywhere.
 *
 * - `invalid-field`: a field of an event would break the wire format (see {@link SseError.field}).
 * - `invalid-option`: an option or argument is out of its range.
 * - `unserializable`: `data` has no JSON form (a cycle, a BigInt, a function).
 * - `too-large`: an event exceeds the size limit in force.
 * - `reserved`: the name or field belongs to the hub (`sse:*` names; `id`, `retry` and `comment` on publish; `id` on a hub's stream).
 * - `attached`: the stream has been given to a hub already.
 * - `refused`: the handler refused the request before the first byte, see `refuse`.
 * - `idempotency-conflict`: an idempotency key was used again for another event.
 * - `invalid-event`: an event's payload does not match its schema (see {@link SseError.issues}), its name has none, or a client cannot
 *   decode its data.
 * - `overloaded`: too many publishes wait for the log; nothing was stored. Publish slower, or raise the limit.
 * - `append-timeout`: the log did not answer in time; the event may be stored. Retry with the same idempotency key.
 * - `closed`: the hub, log or stream has been closed.
 * - `log-unavailable`: the event log cannot be reached now; nothing was stored.
 * - `handler-failed`: the application's handler threw or did not answer as it must.
 * - `disconnected`: no connection came about, or it broke (client).
 * - `ended`: the server ended the stream (client).
 * - `idle`: nothing came for as long as the idle timeout (client).
 * - `bad-response`: the answer is no event stream; see {@link SseError.status} and {@link SseError.body} (client).
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
  | "closed"
  | "log-unavailable"
  | "handler-failed"
  | "disconnected"
  | "ended"
  | "idle"
  | "bad-response";

/** One thing that is wrong with a payload. */
export interface SseIssue {
  /** Where in the payload: property names and indexes with dots between; empty for the payload as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What an {@link SseError} carries beside its code and message. */
export interface SseErrorDetails {
  /** The field or option at fault, such as `event` or `retry`. */
  field?: string;
  /** What is wrong with the payload, for `invalid-event`. */
  issues?: readonly SseIssue[];
  /** HTTP status: to answer with, for `refused`; of the answer, for `bad-response`. */
  status?: number;
  /** Extra response headers, for `refused`. */
  headers?: Readonly<Record<string, string>>;
  /** Response body, for `refused`; its beginning, for `bad-response`. */
  body?: string;
  /** The underlying error. */
  cause?: unknown;
}

/** The one error class of the toolkit: a {@link SseErrorCode}, a message that contains the fix, and structured details. */
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
 * Returns whether something thrown is an error of this toolkit. Recognizes also one that another copy of the package
 * made (its CommonJS build, a second version), for which `instanceof` is false.
 */
export function isSseError(error: unknown): error is SseError {
  const { name, code } = Object(error);
  return name === "SseError" && typeof code === "string";
}

/**
 * Makes the error that a handler's callback throws to answer with a plain HTTP response instead of a stream:
 * `throw refuse(401)`. It must be thrown before the first byte of the stream.
 *
 * 204 is the one status that makes every client stop reconnecting (WHATWG HTML §9.2.3). After other statuses a browser's
 * `EventSource` stops too, but it tells the page that it failed.
 *
 * @param status HTTP status, 204 or 400 to 599.
 * @param answer extra headers and a text body; by default none and the empty body.
 * @throws {SseError} `invalid-option` for any other status.
 */
export function refuse(
  status: number,
  answer: { headers?: Readonly<Record<string, string>>; body?: string } = {},
): SseError {
  if (status !== 204 && !(Number.isInteger(status) && status >= 400 && status <= 599)) {
    throw new SseError(
      "invalid-option",
      `refuse(${status}): a refusal is 204 or a status from 400 to 599; a redirect or a success is no refusal`,
      { field: "status" },
    );
  }
  return new SseError("refused", `the request was refused with status ${status}`, { status, ...answer });
}
