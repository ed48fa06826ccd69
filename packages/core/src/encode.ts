import {
  forbiddenCharacter,
  noFields,
  notAnEvent,
  notAString,
  notMilliseconds,
  unknownField,
  unserializable,
} from "./errors.js";
import { nearestOf, requireKnownKeys, requireOneOf } from "./option-checks.js";
import { isBytes } from "./utf8.js";

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
 *
 * Values that JSON turns into `{}` silently, such as a promise or a `Map` at any depth, are
 * refused.
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
 * @throws {SseError} `invalid-field` when `event`, `id` or `retry` cannot be written, for an
 * unknown field, or when there is none, `unserializable` when `data` has no text, `invalid-option`
 * for an unknown option.
 */
export function encodeEvent(event: ServerSentEvent, options?: EncodeOptions): string {
  requireKnownKeys(options, encodeOptionNames, "encodeEvent");
  requireSerialize(options?.serialize);
  return encodeWith(event, options?.serialize);
}

/**
 * Checks the option `serialize`.
 *
 * @throws {SseError} `invalid-option` for anything but its values.
 */
export function requireSerialize(serialize: unknown): void {
  if (serialize === undefined || typeof serialize === "function") return;
  requireOneOf<unknown>(["auto", "json"], "serialize", serialize);
}

/** The names in {@link EncodeOptions}. */
export const encodeOptionNames: readonly (keyof EncodeOptions)[] = ["serialize"];

/** Encodes as {@link encodeEvent}, for callers that have checked their options. */
export function encodeWith(event: ServerSentEvent, serialize: Serialize | undefined): string {
  if (typeof event !== "object" || event === null) throw notAnEvent(event);
  const { comment, event: name, id, retry, data } = event;
  let text = "";
  let fields = 0;
  if (comment !== undefined) {
    text += commentLines(comment);
    fields++;
  }
  if (name !== undefined) {
    text += `event: ${oneLine("event", name)}\n`;
    fields++;
  }
  if (id !== undefined) {
    text += `id: ${oneLine("id", id)}\n`;
    fields++;
  }
  if (retry !== undefined) {
    text += `retry: ${retryValue(retry)}\n`;
    fields++;
  }
  if (data !== undefined) {
    const value = serializeData(data, serialize);
    text += isOneLine(data, serialize) ? `data: ${value}\n` : dataLines(value);
    fields++;
  }
  // Without a data line no client would dispatch it.
  else if (name !== undefined) text += "data: \n";
  else if (text === "") throw noFields(event);
  // Counted, which allocates nothing: only an event with further keys is looked at.
  for (const _ in event) fields--;
  if (fields < 0) requireKnownFields(event);
  const isDispatched = data !== undefined || name !== undefined || id !== undefined;
  return isDispatched ? `${text}\n` : text;
}

const fieldNames = ["event", "data", "id", "retry", "comment"];

/** A parsed event may be sent on: its `lastEventId` is no field. */
function requireKnownFields(event: object): void {
  for (const [field, value] of Object.entries(event)) {
    if (value === undefined || fieldNames.includes(field) || field === "lastEventId") continue;
    throw unknownField(field, nearestOf(field, fieldNames));
  }
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

/**
 * Whether data becomes JSON or base64, which have no line ends: a search costs up to a tenth of an
 * event.
 */
function isOneLine(data: unknown, serialize: Serialize | undefined): boolean {
  return serialize === "json" || (typeof data !== "string" && typeof serialize !== "function");
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
  if (isBytes(data)) return serialize === "json" ? `"${base64(data)}"` : base64(data);
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
  if (text.includes("{}")) refuseHidden(data);
  return text;
}

/** An object in `data`, and the way to it. */
interface Visited {
  readonly value: object;
  readonly key?: string;
  readonly parent?: Visited;
}

/**
 * Refuses an object at any depth whose content is not in its properties, which JSON turns into
 * `{}`. Not by recursion: `JSON.stringify` may recurse deeper than the stack of a program.
 */
function refuseHidden(data: unknown): void {
  const pending = isObject(data) ? [{ value: data } as Visited] : [];
  for (let visited = pending.pop(); visited !== undefined; visited = pending.pop()) {
    const parent = visited;
    // JSON has what `toJSON` returns, whatever the object is.
    if ("toJSON" in parent.value) continue;
    // Of a list JSON has the items alone, whatever other properties it has.
    const entries = Object.entries(Array.isArray(parent.value) ? [...parent.value] : parent.value);
    requirePlain(parent, entries.length === 0);
    for (const [key, value] of entries) if (isObject(value)) pending.push({ value, key, parent });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function requirePlain(visited: Visited, isEmpty: boolean): void {
  const { value } = visited;
  if (typeof (value as { then?: unknown }).then === "function")
    throw unserializable(`${shownPath(visited, "it")} is a promise: await it`);
  if (!isEmpty || Array.isArray(value)) return;
  const prototype: object | null = Object.getPrototypeOf(value);
  // The prototype of a plain object has none itself, also in another realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  const name: unknown = prototype.constructor?.name;
  const kind = typeof name === "string" && name !== "" ? name : "this object";
  const where = visited.parent === undefined ? "" : ` at ${shownPath(visited, "")}`;
  throw unserializable(
    `JSON has no form of ${kind}${where}, and would send {}: ` +
      "send a plain value, such as [...set], Object.fromEntries(map) or error.message",
  );
}

/** The maximum length of a path in a message. */
const maxPathLength = 128;

function shownPath(visited: Visited, whole: string): string {
  const keys: string[] = [];
  for (let at: Visited | undefined = visited; at?.key !== undefined; at = at.parent) keys.push(at.key);
  return keys.length === 0 ? whole : `"${keys.reverse().join(".").slice(0, maxPathLength)}"`;
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
