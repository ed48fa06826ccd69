import {
  type Channel,
  type EpochOffset,
  formatPosition,
  isChannelList,
  type LogEntry,
  type NewLogEntry,
} from "@sse/hub/log";

/** The version of the stored form of entries. */
const version = "1";

/**
 * Returns a tag for a new entry. It has to differ from the tag of another entry at the same offset
 * only.
 */
export function newTag(random: number): string {
  return random.toString(36).slice(2, 8).padEnd(6, "0");
}

/**
 * Encodes an entry as fields of the stream: those of its channels, `n` how many entries each of
 * them keeps, as a JSON array, and those of its content.
 */
export function encodeEntry(entry: NewLogEntry, limits: readonly number[], tag: string): string[] {
  return [...encodeChannels(entry.channels), "n", JSON.stringify(limits), ...encodeContent(entry, tag)];
}

/** Encodes channels as a field: `c`, a JSON array. */
export function encodeChannels(channels: readonly Channel[]): [name: "c", json: string] {
  return ["c", JSON.stringify(channels.map(wellFormed))];
}

/**
 * Encodes the content of an entry as fields: `t` the tag that identifies the entry; `v` the version
 * of this form; `d` the data; `e` the event's name, `k` the conflate key and `x` the connection
 * that does not receive it, if present.
 */
export function encodeContent(entry: Omit<NewLogEntry, "channels">, tag: string): string[] {
  const fields = ["t", tag, "v", version, "d", entry.data];
  if (entry.event !== undefined) fields.push("e", entry.event);
  if (entry.conflateKey !== undefined) fields.push("k", entry.conflateKey);
  if (entry.except !== undefined) fields.push("x", entry.except);
  return fields;
}

/**
 * An element of the stream: an entry with its position, the end of the epoch, an entry of a newer
 * version of this package, or an element that another program wrote.
 */
export type StoredElement =
  | { readonly kind: "entry"; readonly position: EpochOffset; readonly entry: LogEntry }
  | { readonly kind: "end" }
  | { readonly kind: "newer"; readonly version: unknown }
  | { readonly kind: "foreign"; readonly id: unknown };

/** Checks and decodes an element of the stream: any program could have written it. */
export function decodeElement(epoch: string, element: unknown): StoredElement {
  const [id, flat] = Array.isArray(element) ? element : [];
  const [, digits] = /^([0-9]{1,15})-0$/.exec(String(id)) ?? [];
  if (digits === undefined || !Array.isArray(flat)) return { kind: "foreign", id };
  const fields = new Map<unknown, unknown>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i], flat[i + 1]);
  if (fields.has("end")) return { kind: "end" };
  const writtenBy = fields.get("v") ?? version;
  if (writtenBy !== version) return { kind: "newer", version: writtenBy };
  const content = decodeContent(fields);
  if (content === undefined) return { kind: "foreign", id };

  const tag = fields.get("t");
  const position = { epoch, offset: Number(digits), ...(isTag(tag) && { tag }) };
  return { kind: "entry", position, entry: { position: formatPosition(position), ...content } };
}

function decodeContent(fields: ReadonlyMap<unknown, unknown>): NewLogEntry | undefined {
  const channels = parseChannels(fields.get("c"));
  const [data, event, conflateKey] = [fields.get("d"), fields.get("e"), fields.get("k")];
  const except = fields.get("x");
  if (channels === undefined || typeof data !== "string") return undefined;
  if (event !== undefined && !isName(event, channels)) return undefined;
  return {
    channels,
    data,
    ...(event !== undefined && { event }),
    ...(typeof conflateKey === "string" && { conflateKey }),
    ...(typeof except === "string" && { except }),
  };
}

function parseChannels(json: unknown): readonly Channel[] | undefined {
  try {
    const channels: unknown = JSON.parse(String(json));
    return isChannelList(channels) ? channels : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A line end in an event's name would forge fields on the wire; `sse:` belongs to the hub itself,
 * which uses it in runs.
 */
function isName(value: unknown, channels: readonly Channel[]): value is string {
  if (typeof value !== "string" || /[\r\n\0]/.test(value)) return false;
  return !value.startsWith("sse:") || channels.every((channel) => channel.startsWith("run:"));
}

function isTag(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9]{1,16}$/.test(value);
}

/** Half of a surrogate pair has no form in UTF-8, and Redis could not decode it from JSON. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
