import type { FramedEntry } from "./event-window.js";

/** Returns the entries that a later one with the same audience and conflate key replaces. */
export function replacedEntries(entries: readonly FramedEntry[]): Set<FramedEntry> {
  const replaced = new Set<FramedEntry>();
  const newest = new Map<string, FramedEntry>();
  for (const framed of entries) {
    const { conflateKey, channels } = framed.entry;
    if (conflateKey === undefined) continue;
    const key = JSON.stringify([conflateKey, channels]);
    const earlier = newest.get(key);
    if (earlier !== undefined) replaced.add(earlier);
    newest.set(key, framed);
  }
  return replaced;
}
