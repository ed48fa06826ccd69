import type { LogEntry } from "../log/event-log.js";
import type { Frame } from "./frame.js";

/** The keys of entries, which are needed for each reader and each of its writes. */
const keys = new WeakMap<LogEntry, string>();

/**
 * Returns the entries that a later one with the same audience and conflate key replaces.
 *
 * @param excludes whether the reader does not receive an entry of its channels, which then replaces
 *   none.
 */
export function replacedEntries(
  entries: readonly Frame<LogEntry>[],
  excludes: (entry: LogEntry) => boolean,
): Set<Frame<LogEntry>> {
  const replaced = new Set<Frame<LogEntry>>();
  const newest = new Map<string, Frame<LogEntry>>();
  for (const frame of entries) {
    const entry = frame.event;
    if (entry.conflateKey === undefined || excludes(entry)) continue;
    const key = keyOf(entry);
    const earlier = newest.get(key);
    if (earlier !== undefined) replaced.add(earlier);
    newest.set(key, frame);
  }
  return replaced;
}

function keyOf(entry: LogEntry): string {
  let key = keys.get(entry);
  if (key === undefined) {
    key = JSON.stringify([entry.conflateKey, entry.channels]);
    keys.set(entry, key);
  }
  return key;
}
