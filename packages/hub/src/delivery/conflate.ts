import type { LogEntry } from "../log/event-log.js";
import type { Frame } from "./frame.js";

/** Returns the entries that a later one with the same audience and conflate key replaces. */
export function replacedEntries(entries: readonly Frame<LogEntry>[]): Set<Frame<LogEntry>> {
  const replaced = new Set<Frame<LogEntry>>();
  const newest = new Map<string, Frame<LogEntry>>();
  for (const frame of entries) {
    const { conflateKey, channels } = frame.event;
    if (conflateKey === undefined) continue;
    const key = JSON.stringify([conflateKey, channels]);
    const earlier = newest.get(key);
    if (earlier !== undefined) replaced.add(earlier);
    newest.set(key, frame);
  }
  return replaced;
}
