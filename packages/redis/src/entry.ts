import { SseError } from "@sse/core";
import type { Channel, LogEntry, NewLogEntry } from "@sse/hub/log";
import { positionOf } from "./position.js";

/**
 * The fields of an entry in the stream: `c` channels and `n` how many entries each of these keeps, both as JSON arrays; `d` data; `e` the
 * event's name and `k` the conflate key, where there are.
 */
export function encodeEntry(entry: NewLogEntry, limits: readonly number[]): string[] {
  const fields = ["c", JSON.stringify(entry.channels.map(wellFormed)), "n", JSON.stringify(limits)];
  fields.push("d", entry.data);
  if (entry.event !== undefined) fields.push("e", entry.event);
  if (entry.conflateKey !== undefined) fields.push("k", entry.conflateKey);
  return fields;
}

/** What is stored at a place in the stream. */
export interface StoredEntry {
  readonly offset: number;
  /** Absent for the mark that ends an epoch. */
  readonly entry: LogEntry | undefined;
}

/**
 * Checks and decodes an element of a reply of `XRANGE`, `XREAD` or the script: anybody could have written it.
 *
 * @throws {SseError} `log-unavailable` if it is none of ours.
 */
export function decodeEntry(epoch: string, element: unknown): StoredEntry {
  const [id, flat] = Array.isArray(element) ? element : [];
  const [, digits] = /^([0-9]{1,15})-0$/.exec(String(id)) ?? [];
  if (digits === undefined || !Array.isArray(flat)) throw foreign(id);
  const offset = Number(digits);
  const fields = new Map<unknown, unknown>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i], flat[i + 1]);
  if (fields.has("end")) return { offset, entry: undefined };

  const channels = parseChannels(fields.get("c"));
  const [data, event, conflateKey] = [fields.get("d"), fields.get("e"), fields.get("k")];
  if (channels === undefined || typeof data !== "string" || !isOptionalLine(event)) throw foreign(id);
  const entry: LogEntry = {
    position: positionOf({ epoch, offset }),
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
    if (Array.isArray(channels) && channels.length > 0 && channels.every(isChannel)) return channels;
  } catch {
    // It is none of ours.
  }
  return undefined;
}

function isChannel(value: unknown): value is Channel {
  return value === "*" || (typeof value === "string" && /^(?:topic|user):/.test(value));
}

/** An event's name with a line end would forge fields on the wire. */
function isOptionalLine(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && !/[\r\n\0]/.test(value));
}

/** Half of a surrogate pair has no place in UTF-8, and Redis could not read it back from JSON. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function foreign(id: unknown): SseError {
  return new SseError(
    "log-unavailable",
    `the stream holds what this package did not write (${String(id).slice(0, 40)}); give the log a \`key\` that nothing else uses`,
  );
}
