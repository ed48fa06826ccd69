import type { LogEntry } from "../log/event-log.js";
import { Frame } from "./frame.js";
import { isDeliverable } from "./frames.js";

/** The way in which the entries of a log are sent: returns the frame of an entry. */
export type EntryFormat = (entry: LogEntry) => Frame<LogEntry>;

/** Returns the frames of topics, users and everyone: all entries are events. */
export const eventFormat: EntryFormat = (entry) =>
  new Frame(entry, isDeliverable(entry) ? "event" : "foreign");

/** The frames of entries that were read. A log may return the same entries to many readers. */
const frames = new WeakMap<LogEntry, Frame<LogEntry>>();

/** Returns the frame of an entry, the same one each time. */
export function sharedFrame(entry: LogEntry, format: EntryFormat): Frame<LogEntry> {
  let frame = frames.get(entry);
  if (frame === undefined) {
    frame = format(entry);
    frames.set(entry, frame);
  }
  return frame;
}
