import { headers, type MsgHdrs } from "@nats-io/nats-core";
import type { Channel, NewLogEntry } from "@sse/hub/log";
import type { Subjects } from "./subjects.js";

/** An entry as a message. */
export interface EncodedEntry {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
}

/** A message of the stream, as a subscription or a read gives it. */
export interface StoredMessage {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly payload: Uint8Array;
}

/** What an index needs to know of a message. */
export interface Addressed {
  readonly channels: readonly Channel[];
  /** Whether the entry is on the subject that several channels share. */
  readonly shared: boolean;
}

const eventHeader = "Sse-Event";
const channelsHeader = "Sse-Channels";
const conflateKeyHeader = "Sse-Conflate-Key";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The data is the payload; the subject says whom it is for, or a header where one subject cannot. */
export function encodeEntry(
  { channels, event, data, conflateKey }: NewLogEntry,
  subjects: Subjects,
): EncodedEntry {
  const subject = subjects.of(channels);
  const fields = headers();
  if (event !== undefined) fields.set(eventHeader, encodeText(event));
  if (conflateKey !== undefined) fields.set(conflateKeyHeader, encodeText(conflateKey));
  if (subjects.channelOf(subject) === "shared") fields.set(channelsHeader, asciiJson(channels));
  return { subject, headers: fields, payload: encoder.encode(data) };
}

/** Whom a message is for. A foreign message, for nobody that the hub knows, gives `undefined`. */
export function addressees(
  { subject, headers: fields }: StoredMessage,
  subjects: Subjects,
): Addressed | undefined {
  const channel = subjects.channelOf(subject);
  if (channel === undefined) return undefined;
  if (channel !== "shared") return { channels: [channel], shared: false };
  const channels = parseJson(fields?.get(channelsHeader) ?? "");
  return isChannels(channels) ? { channels, shared: true } : undefined;
}

/** The entry that a message is, or `undefined` for a foreign message that is none. */
export function decodeEntry(message: StoredMessage, subjects: Subjects): NewLogEntry | undefined {
  const channels = addressees(message, subjects)?.channels;
  if (channels === undefined) return undefined;
  const event = decodeText(message.headers, eventHeader);
  const conflateKey = decodeText(message.headers, conflateKeyHeader);
  if (event === null || conflateKey === null || /[\r\n\0]/.test(event ?? "")) return undefined;
  return {
    channels,
    ...(event === undefined ? {} : { event }),
    data: decoder.decode(message.payload),
    ...(conflateKey === undefined ? {} : { conflateKey }),
  };
}

/** Whether a message is what this entry was encoded to. */
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

/** A text as a header's value: one that a header would not give back as it is stands there as JSON. */
export function encodeText(text: string): string {
  return /^[!#-~](?:[ -~]*[!-~])?$/.test(text) ? text : asciiJson(text);
}

/** `undefined` where there is no such header, `null` where its value is malformed. */
function decodeText(fields: MsgHdrs | undefined, name: string): string | undefined | null {
  if (!fields?.has(name)) return undefined;
  const value = fields.get(name);
  if (!value.startsWith('"')) return value;
  const text = parseJson(value);
  return typeof text === "string" ? text : null;
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

function isChannels(value: unknown): value is Channel[] {
  return Array.isArray(value) && value.length > 0 && value.every(isChannel);
}

function isChannel(value: unknown): value is Channel {
  return typeof value === "string" && (value === "*" || /^(?:topic|user):/.test(value));
}
