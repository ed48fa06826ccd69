import { controlEvents, type EndInfo } from "@sse/core";
import { type EntryFormat, eventFormat } from "../delivery/entry-format.js";
import { Frame } from "../delivery/frame.js";
import type { NewRunEntry } from "../log/event-log.js";
import { isRecord } from "../validate.js";

/** The name of an entry with which a producer starts a run, or takes it over. */
const startName = "sse:run";

/** The bounds of a run, and who may read it. */
export interface RunTerms {
  readonly user: string | undefined;
  /** Milliseconds without a reader after which it is canceled; 0: never. */
  readonly abandonAfter: number;
  /** Milliseconds for which it is held after its end. */
  readonly ttl: number;
  readonly maxBytes: number;
  readonly maxEvents: number;
}

/** The first entry of a run, and the first one of each producer that takes it over. */
export interface RunStart {
  /** The instance of the producer. */
  readonly instance: string;
  /** Identifies the entry, so that its writer recognizes it. */
  readonly token: string;
  readonly terms: RunTerms;
}

/** An end as it is stored. */
export interface StoredEnd extends EndInfo {
  /** Identifies the entry, so that its writer recognizes it. */
  readonly token: string;
}

export function startEntry(start: RunStart): NewRunEntry {
  return { event: startName, data: JSON.stringify(start) };
}

export function endEntry(end: StoredEnd): NewRunEntry {
  return { event: controlEvents.end, data: JSON.stringify(end) };
}

/** Returns the content of a start; `undefined` for every other entry. */
export function startOf({ event, data }: NewRunEntry): RunStart | undefined {
  return event === startName ? parseAs<RunStart>(data, isStart) : undefined;
}

/** Returns the content of an end; `undefined` for every other entry. */
export function endOf({ event, data }: NewRunEntry): StoredEnd | undefined {
  return event === controlEvents.end ? parseAs<StoredEnd>(data, isEnd) : undefined;
}

/** Whether an entry starts or ends a run: it is no event of the application. */
export function isControlEntry({ event }: NewRunEntry): boolean {
  return event === startName || event === controlEvents.end;
}

/** Returns the frames of runs: a start is not sent, and an end is sent last, without its token. */
export const runFormat: EntryFormat = (entry) => {
  if (entry.event === startName) return new Frame(entry, "hidden");
  const end = endOf(entry);
  if (end === undefined) return eventFormat(entry);
  const { token: _token, ...data } = end;
  return new Frame({ ...entry, data: JSON.stringify(data) }, "end");
};

function parseAs<T>(text: string, isValid: (value: Record<string, unknown>) => boolean): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isValid(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

function isStart({ instance, token, terms }: Record<string, unknown>): boolean {
  if (typeof instance !== "string" || typeof token !== "string" || !isRecord(terms)) return false;
  const { user, abandonAfter, ttl, maxBytes, maxEvents } = terms;
  const numbers = [abandonAfter, ttl, maxBytes, maxEvents];
  return (user === undefined || typeof user === "string") && numbers.every(Number.isSafeInteger);
}

const endStates: readonly unknown[] = ["complete", "failed", "cancelled", "lost"];

function isEnd({ state, token }: Record<string, unknown>): boolean {
  return endStates.includes(state) && typeof token === "string";
}
