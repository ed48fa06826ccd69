import {
  forbiddenCharacter,
  noFields,
  notAnEvent,
  notAString,
  notMilliseconds,
  unserializable,
} from "./errors.js";
import { requireKnownKeys } from "./option-checks.js";

/**
 * One event as it is sent. It needs at least one field. Clients dispatch an event with `data` or a
 * name; of one that has only an `id` or a `retry`, that applies.
 */
export interface ServerSentEvent {
  /** Event type. Clients use `message` when it is absent or empty. No CR, LF or NUL. */
  event?: string | undefined;
  /**
   * The payload; {@link Serialize} says how it becomes text. CR, LF and CRLF in that text all reach
   * the client as LF. `""` writes an empty data line, which dispatches an event with empty data,
   * and so does `undefined` in an event with a name.
   */
  data?: unknown;
  /** Becomes the client's last event id; `""` resets it. No CR, LF or NUL. */
  id?: string | undefined;
  /** Reconnection time for the client, in milliseconds: a non-negative safe integer. */
  retry?: number | undefined;
  /** Written before the fields as comment lines, which clients ignore. */
  comment?: string | undefined;
}

/**
 * The way in which `data` becomes text.
 *
 * - `'auto'`: strings verbatim, `Uint8Array` as base64, anything else as JSON.
 * - `'json'`: everything as JSON, strings too; a `Uint8Array` is a JSON string of base64.
 * - a function: its result, for every `data` but `undefined`.
 */
export type Serialize = "auto" | "json" | ((data: unknown) => string);

/** Options of {@link encodeEvent}. */
export interface EncodeOptions {
  /** The way in which `data` becomes text. Default `'auto'`. */
  serialize?: Serialize | undefined;
}

/**
 * Encodes one event in the wire format (WHATWG HTML §9.2.6): comment lines, then `event`, `id`,
 * `retry` and `data` as `field: value`, then a blank line. Without `event`, `id` and `data` there
 * is no blank line: some clients dispatch an empty message for it. No input can forge a field or a
 * second event.
 *
 * @throws {SseError} `invalid-field` when `event`, `id` or `retry` cannot be written, or there is
 * no field, `unserializable` when `data` has no text, `invalid-option` for an unknown option.
 */
export function encodeEvent(event: ServerSentEvent, options?: EncodeOptions): string {
  requireKnownKeys(options, encodeOptionNames, "encodeEvent");
  return encodeWith(event, options?.serialize);
}

/** The names in {@link EncodeOptions}. */
export const encodeOptionNames: readonly (keyof EncodeOptions)[] = ["serialize"];

/** Encodes as {@link encodeEvent}, for callers that have checked their options. */
export function encodeWith(event: ServerSentEvent, serialize: Serialize | undefined): string {
  if (typeof event !== "object" || event === null) throw notAnEvent(event);
  let text = "";
  if (event.comment !== undefined) text += commentLines(event.comment);
  if (event.event !== undefined) text += `event: ${oneLine("event", event.event)}\n`;
  if (event.id !== undefined) text += `id: ${oneLine("id", event.id)}\n`;
  if (event.retry !== undefined) text += `retry: ${retryValue(event.retry)}\n`;
  if (event.data !== undefined) text += dataLines(serializeData(event.data, serialize));
  // Without a data line no client would dispatch it.
  else if (event.event !== undefined) text += "data: \n";
  else if (text === "") throw noFields(event);
  else if (event.id === undefined) return text;
  return `${text}\n`;
}

/**
 * Encodes a comment, which clients ignore: `encodeComment()` is the shortest heartbeat,
 * `encodeComment("hi")` is `: hi` and a line end. Each line of the text becomes a comment line.
 */
export function encodeComment(text = ""): string {
  return commentLines(text);
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
  // A loop: for short values it costs less than three native searches or a regular expression.
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code === 10 || code === 13 || code === 0) throw forbiddenCharacter(field, code, index);
  }
  return value;
}

function retryValue(retry: number): number {
  // Beyond the safe integers a number may print as `1e+21`, which is not digits.
  if (Number.isSafeInteger(retry) && retry >= 0) return retry;
  throw notMilliseconds(retry);
}

/**
 * Returns the text of `data` on the wire, for code that stores events before it sends them.
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
  if (text === "{}") refuseHidden(data as object);
  return text;
}

/** Refuses an object whose content is not in its properties, which JSON turns into `{}`. */
function refuseHidden(data: object): void {
  if (data instanceof Promise) throw unserializable("it is a promise: await it");
  const prototype: object | null = Object.getPrototypeOf(data);
  // The prototype of a plain object has none itself, also in another realm.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (plain || "toJSON" in data) return;
  const name: unknown = prototype.constructor?.name;
  throw unserializable(
    `JSON has no form of ${typeof name === "string" && name !== "" ? name : "this object"}, and would send {}: ` +
      "send a plain value, such as [...set], Object.fromEntries(map) or error.message",
  );
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

/** The maximum number of arguments to `String.fromCharCode`; far below any engine's limit. */
const maxArguments = 0x2000;

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += maxArguments) {
    binary += String.fromCharCode(...bytes.subarray(start, start + maxArguments));
  }
  return btoa(binary);
}
