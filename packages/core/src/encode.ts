import { SseError } from "./errors.js";

/** One event as it is sent. Every field is optional; an event without `data` is not dispatched by clients, but its `id` and `retry` hold. */
export interface ServerSentEvent {
  /** Event type. Clients take `message` when it is absent or empty. No CR, LF or NUL. */
  event?: string;
  /**
   * The payload, see {@link Serialize} for how it becomes text. CR, LF and CRLF in that text all reach the client as LF.
   * `undefined` writes no data line; `""` writes an empty one, which dispatches an event with empty data.
   */
  data?: unknown;
  /** Becomes the client's last event id; `""` resets it. No CR, LF or NUL. */
  id?: string;
  /** Reconnection time for the client, in milliseconds: a non-negative safe integer. */
  retry?: number;
  /** Written before the fields as comment lines, which clients ignore. */
  comment?: string;
}

/**
 * How `data` becomes text.
 *
 * - `'auto'`: strings verbatim, `Uint8Array` as base64, anything else as JSON.
 * - `'json'`: everything as JSON, strings too; a `Uint8Array` is a JSON string of base64.
 * - a function: its result, for every `data` but `undefined`.
 */
export type Serialize = "auto" | "json" | ((data: unknown) => string);

/** Options of {@link encodeEvent}. */
export interface EncodeOptions {
  /** How `data` becomes text. Default `'auto'`. */
  serialize?: Serialize;
}

/**
 * Encodes one event in the wire format (WHATWG HTML §9.2.6): comment lines, then `event`, `id`, `retry` and `data` as
 * `field: value`, then a blank line. No input can forge a field or a second event.
 *
 * @throws {SseError} `invalid-field` when `event`, `id` or `retry` cannot be written, `unserializable` when `data` has no text.
 */
export function encodeEvent(event: ServerSentEvent, options?: EncodeOptions): string {
  if (typeof event !== "object" || event === null) throw notAnEvent(event);
  let text = "";
  if (event.comment !== undefined) text += commentLines(event.comment);
  if (event.event !== undefined) text += `event: ${oneLine("event", event.event)}\n`;
  if (event.id !== undefined) text += `id: ${oneLine("id", event.id)}\n`;
  if (event.retry !== undefined) text += `retry: ${retryValue(event.retry)}\n`;
  if (event.data !== undefined) text += dataLines(serializeData(event.data, options?.serialize));
  return `${text}\n`;
}

/**
 * Encodes a comment, which clients ignore: `encodeComment()` is the smallest heartbeat, `encodeComment("hi")` is `: hi` and a
 * blank line. Each line of a text with several lines becomes a comment line.
 */
export function encodeComment(text = ""): string {
  return `${commentLines(text)}\n`;
}

const lineEnds = /\r\n|\r|\n/g;

function hasLineEnd(text: string): boolean {
  return text.includes("\n") || text.includes("\r");
}

function commentLines(text: string): string {
  if (typeof text !== "string") throw notAString("comment", text);
  if (text === "") return ":\n";
  return hasLineEnd(text) ? `: ${text.replace(lineEnds, "\n: ")}\n` : `: ${text}\n`;
}

function dataLines(text: string): string {
  return hasLineEnd(text) ? `data: ${text.replace(lineEnds, "\ndata: ")}\n` : `data: ${text}\n`;
}

function oneLine(field: "event" | "id", value: string): string {
  if (typeof value !== "string") throw notAString(field, value);
  // A loop, because these values are short: it costs less than three native searches or a regular expression.
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code === 10 || code === 13 || code === 0) throw forbiddenCharacter(field, code, index);
  }
  return value;
}

function retryValue(retry: number): number {
  // Beyond the safe integers a number may print as `1e+21`, which is not digits.
  if (Number.isSafeInteger(retry) && retry >= 0) return retry;
  throw new SseError(
    "invalid-field",
    `retry is ${String(retry)}: give a non-negative integer, in milliseconds (Math.round() it)`,
    { field: "retry" },
  );
}

/**
 * The text that `data` has on the wire, for those who keep events before they send them.
 *
 * @throws {SseError} `unserializable` when it has none.
 */
export function serializeData(data: unknown, serialize: Serialize = "auto"): string {
  if (typeof serialize === "function") return customText(data, serialize);
  if (data instanceof Uint8Array) return serialize === "json" ? `"${base64(data)}"` : base64(data);
  if (typeof data === "string" && serialize === "auto") return data;
  return jsonText(data);
}

function jsonText(data: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (cause) {
    throw unserializable(
      "JSON.stringify failed on it (a cycle, a BigInt or a failing toJSON?): send a plain value",
      cause,
    );
  }
  if (text === undefined)
    throw unserializable(`a ${typeof data} has no JSON form: send a plain value or a string`);
  return text;
}

function customText(data: unknown, serialize: (data: unknown) => string): string {
  let text: unknown;
  try {
    text = serialize(data);
  } catch (cause) {
    throw unserializable("the serialize function threw, see cause", cause);
  }
  if (typeof text !== "string") {
    throw unserializable(`the serialize function returned a ${typeof text}: it must return a string`);
  }
  return text;
}

/** Largest argument list handed to `String.fromCharCode` at once; far below any engine's limit. */
const argumentLimit = 0x2000;

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += argumentLimit) {
    binary += String.fromCharCode(...bytes.subarray(start, start + argumentLimit));
  }
  return btoa(binary);
}

function forbiddenCharacter(field: string, code: number, index: number): SseError {
  const name = code === 10 ? "a line feed" : code === 13 ? "a carriage return" : "a NUL";
  return new SseError(
    "invalid-field",
    `${field} contains ${name} at index ${index}: remove it, or put the text into data, which may have any characters`,
    { field },
  );
}

function notAString(field: string, value: unknown): SseError {
  return new SseError(
    "invalid-field",
    `${field} is a ${typeof value}: give a string, such as String(value)`,
    { field },
  );
}

function notAnEvent(value: unknown): SseError {
  return new SseError(
    "invalid-field",
    `an event is an object, not ${value === null ? "null" : `a ${typeof value}`}: send { data: … }`,
    {
      field: "data",
    },
  );
}

function unserializable(reason: string, cause?: unknown): SseError {
  return new SseError("unserializable", `data cannot be sent: ${reason}`, { field: "data", cause });
}
