import { headers, type MsgHdrs } from "@nats-io/nats-core";
import { encodeUtf8 } from "@sse/core/internal";
import { type Channel, canReadEntry, entryVersion, isChannelList, type NewLogEntry } from "@sse/hub/log";
import type { Subjects } from "./subjects.js";

/** An entry as a message. */
export interface EncodedEntry {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
  /** Identifies the entry among all that may be stored at its sequence. */
  readonly tag: string;
}

/** A message of the stream, from a consumer or a read. */
export interface StoredMessage {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly payload: Uint8Array;
  /** The time at which the stream stored it, in milliseconds since 1970. */
  readonly storedAt: number;
}

/** The channels of a message. */
export interface Addressed {
  readonly channels: readonly Channel[];
  /** Whether the entry is on the subject that several channels share. */
  readonly shared: boolean;
}

/** `<version>-<tag>`. Foreign messages, and entries of the first format, do not have it. */
const entryHeader = "Sse-Entry";
const eventHeader = "Sse-Event";
const channelsHeader = "Sse-Channels";
const conflateKeyHeader = "Sse-Conflate-Key";
const exceptHeader = "Sse-Except";
/** Present in the message that ends a run: nothing is stored after it, and the run is purged. */
const releaseHeader = "Sse-Release";

const entryForm = /^([0-9]{1,4})-([a-z0-9]{1,8})$/;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Encodes an entry: the data is the payload; the subject, or a header where one subject cannot, has
 * the channels.
 */
export function encodeEntry(
  { channels, event, data, conflateKey, except }: NewLogEntry,
  subjects: Subjects,
): EncodedEntry {
  const subject = subjects.of(channels);
  const tag = randomTag();
  const fields = headers();
  fields.set(entryHeader, `${entryVersion}-${tag}`);
  if (event !== undefined) fields.set(eventHeader, encodeText(event));
  if (conflateKey !== undefined) fields.set(conflateKeyHeader, encodeText(conflateKey));
  if (except !== undefined) fields.set(exceptHeader, encodeText(except));
  if (subjects.channelOf(subject) === "shared") fields.set(channelsHeader, asciiJson(channels));
  return { subject, headers: fields, payload: encodeUtf8(data), tag };
}

/** Whether this package understands the version of a message. Foreign messages have none. */
export function canRead({ headers: fields }: StoredMessage): boolean {
  return canReadEntry(entryForm.exec(fields?.get(entryHeader) ?? "")?.[1]);
}

/** Returns the tag of a message: its own, or for one without the time at which it was stored. */
export function tagOf({ headers: fields, storedAt }: StoredMessage): string {
  return entryForm.exec(fields?.get(entryHeader) ?? "")?.[2] ?? storedAt.toString(36).slice(-8);
}

/** Makes an encoded entry the message that ends its run. */
export function markRelease({ headers: fields }: EncodedEntry): void {
  fields.set(releaseHeader, "1");
}

/** Whether a message ends its run. It is no entry. */
export function isRelease({ headers: fields }: Pick<StoredMessage, "headers">): boolean {
  return fields?.has(releaseHeader) ?? false;
}

/** Returns the channels of a message, or `undefined` for a foreign message without any. */
export function addressees(
  { subject, headers: fields }: StoredMessage,
  subjects: Subjects,
): Addressed | undefined {
  const channel = subjects.channelOf(subject);
  if (channel === undefined) return undefined;
  if (channel !== "shared") return { channels: [channel], shared: false };
  const channels = parseJson(fields?.get(channelsHeader) ?? "");
  return isChannelList(channels) ? { channels, shared: true } : undefined;
}

/** Decodes the entry of a message; returns `undefined` for a message that is none. */
export function decodeEntry(message: StoredMessage, subjects: Subjects): NewLogEntry | undefined {
  const channels = addressees(message, subjects)?.channels;
  if (channels === undefined || !canRead(message) || isRelease(message)) return undefined;
  const event = decodeText(message.headers, eventHeader);
  const conflateKey = decodeText(message.headers, conflateKeyHeader);
  const except = decodeText(message.headers, exceptHeader);
  if (event === null || conflateKey === null || except === null || /[\r\n\0]/.test(event ?? ""))
    return undefined;
  return {
    channels,
    ...(event === undefined ? {} : { event }),
    data: decoder.decode(message.payload),
    ...(conflateKey === undefined ? {} : { conflateKey }),
    ...(except === undefined ? {} : { except }),
  };
}

/** Returns the size of a message's headers, which are ASCII. */
export function headerBytesOf(fields: Iterable<[string, string[]]> = []): number {
  let bytes = 0;
  for (const [name, values] of fields) for (const value of values) bytes += name.length + value.length + 4;
  return bytes;
}

/**
 * Whether a message has the content of an encoded entry. Their tags differ, and the connections
 * that they except may.
 */
export function isSameEntry(message: StoredMessage, entry: EncodedEntry): boolean {
  const field = (of: MsgHdrs | undefined, name: string) => (of?.has(name) ? of.get(name) : undefined);
  return (
    message.subject === entry.subject &&
    [eventHeader, channelsHeader, conflateKeyHeader].every(
      (name) => field(message.headers, name) === field(entry.headers, name),
    ) &&
    message.payload.byteLength === entry.payload.byteLength &&
    message.payload.every((byte, i) => byte === entry.payload[i])
  );
}

/** Encodes a string as a header's value: as JSON if a header would change it. */
export function encodeText(text: string): string {
  return /^[!#-~](?:[ -~]*[!-~])?$/.test(text) ? text : asciiJson(text);
}

/** Returns `undefined` without such a header, and `null` if its value is malformed. */
function decodeText(fields: MsgHdrs | undefined, name: string): string | undefined | null {
  if (!fields?.has(name)) return undefined;
  const value = fields.get(name);
  if (!value.startsWith('"')) return value;
  const text = parseJson(value);
  return typeof text === "string" ? text : null;
}

/** Eight random characters of `[a-z0-9]`. They only have to differ where histories diverge. */
function randomTag(): string {
  return Math.floor(Math.random() * 36 ** 8)
    .toString(36)
    .padStart(8, "0");
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
