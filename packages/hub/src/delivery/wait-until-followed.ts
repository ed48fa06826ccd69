import type { ReadableLog, ReadStart } from "../log/event-log.js";
import type { Sleep } from "../sleep.js";
import { awaitLog } from "./await-log.js";
import type { EventWindow } from "./event-window.js";

/** Milliseconds between two checks whether a position that is ahead has been followed. */
const pollDelay = 50;

/** The number of checks after which an instance does not follow its log: 30 seconds. */
const maxPolls = 600;

/**
 * Waits for a start beyond the followed head: another instance that is a little further may have
 * published it.
 *
 * @returns `known` if it is not ahead, or beyond the log's real head, so that the log reports it as
 * unknown; `late` if this instance has not followed it in time.
 */
export async function waitUntilFollowed(
  start: ReadStart | undefined,
  { log, window }: { readonly log: ReadableLog; readonly window: EventWindow },
  sleep: Sleep,
  isOver: () => boolean,
): Promise<"known" | "followed" | "late"> {
  if (typeof start !== "string" || !(log.compare(start, window.head) > 0)) return "known";
  if (log.compare(start, await awaitLog(log.head(), sleep)) > 0) return "known";
  for (let polls = 0; !isOver() && log.compare(start, window.head) > 0; polls += 1) {
    if (polls === maxPolls) return "late";
    await sleep.for(pollDelay);
  }
  return "followed";
}
