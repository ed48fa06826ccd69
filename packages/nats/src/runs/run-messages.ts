import type { RunChannel } from "@sse/hub/log";
import { type EncodedEntry, encodeEntry, markRelease, type StoredMessage } from "../entry-codec.js";
import type { Subjects } from "../subjects.js";

/** Milliseconds for which a run is held after the message. */
const ttlHeader = "Sse-Ttl";

/** Names the sequence of the subject's last message, without which nothing is stored. */
const expectedHeader = "Nats-Expected-Last-Subject-Sequence";

/** Makes a server store a message only after this one of its subject; 0: as the first. */
export function expectAfter({ headers }: EncodedEntry, sequence: number): void {
  headers.set(expectedHeader, String(sequence));
}

export function setTtl({ headers }: EncodedEntry, ttl: number): void {
  headers.set(ttlHeader, String(ttl));
}

/** Returns the message that ends a run. */
export function releaseOf(channel: RunChannel, subjects: Subjects): EncodedEntry {
  const message = encodeEntry({ channels: [channel], data: "" }, subjects);
  markRelease(message);
  return message;
}

/** Returns the ttl of a message; `undefined` for one that has none. */
export function ttlOf({ headers }: StoredMessage): number | undefined {
  const text = headers?.get(ttlHeader) ?? "";
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
