import { type Channel, formatPosition, isChannelList, type LogEntry, type NewLogEntry } from "@sse/hub/log";
import { foreignEntry } from "./errors.js";

/**
 * Encodes an entry as fields of the stream: `c` the channels and `n` how many entries each of
 * them keeps, both as JSON arrays; `d` the data; `e` the event's name and `k` the conflate key, if
 * present.
 */
export function encodeEntry(entry: NewLogEntry, limits: readonly number[]): string[] {
  const fields = ["c", JSON.stringify(entry.channels.map(wellFormed)), "n", JSON.stringify(limits)];
  fields.push("d", entry.data);
  if (entry.event !== undefined) fields.push("e", entry.event);
  if (entry.conflateKey !== undefined) fields.push("k", entry.conflateKey);
  return fields;
}

/** An element of the stream. */
export interface StoredEntry {
  readonly offset: number;
  /** Absent for the element that ends an epoch. */
  readonly entry: LogEntry | undefined;
}

/**
 * Checks and decodes an element of a reply of `XRANGE`, `XREAD` or the script: any program could
 * have written it.
 *
 * @throws {SseError} `log-unavailable` if this package did not write it.
 */
export function decodeEntry(epoch: string, element: unknown): StoredEntry {
  const [id, flat] = Array.isArray(element) ? element : [];
  const [, digits] = /^([0-9]{1,15})-0$/.exec(String(id)) ?? [];
  if (digits === undefined || !Array.isArray(flat)) throw foreignEntry(id);
  const offset = Number(digits);
  const fields = new Map<unknown, unknown>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i], flat[i + 1]);
  if (fields.has("end")) return { offset, entry: undefined };

  const channels = parseChannels(fields.get("c"));
  const [data, event, conflateKey] = [fields.get("d"), fields.get("e"), fields.get("k")];
  if (channels === undefined || typeof data !== "string" || !isOptionalLine(event)) throw foreignEntry(id);
  const entry: LogEntry = {
    position: formatPosition({ epoch, offset }),
    channels,
    data,
    ...(event !== undefined && { event }),
    ...(typeof conflateKey === "string" && { conflateKey }),
  };
  return { offset, entry };
}

function parseChannels(json: unknown): readonly Channel[] | undefined {
  try {
    const channels: unknown = JSON.parse(String(json));
    return isChannelList(channels) ? channels : undefined;
  } catch {
    return undefined;
  }
}

/** An event's name with a line end would forge fields on the wire. */
function isOptionalLine(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && !/[\r\n\0]/.test(value));
}

/** Half of a surrogate pair has no form in UTF-8, and Redis could not decode it from JSON. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
