import type { GapReason } from "@sse/core";
import type { Position } from "../log/position.js";

/** A gap that a reader has found. */
export interface Gap {
  readonly reason: GapReason;
  /** The position that could not be resumed from. From a client: hostile input. */
  readonly requested: string;
  /** The oldest entry that follows; `undefined` if none is held. */
  readonly oldest: Position | undefined;
}

/** Receives the reports of a catch-up. */
export interface CatchUpListener {
  /** Entries that match are no longer held. Returns the frames that follow `sse:gap`. */
  gap(gap: Gap): Iterable<string> | Promise<Iterable<string>>;
  /** Likewise, for a client without control events: nothing is written any more. */
  gapEnds(gap: Gap): void;
  /** Missed entries were written. */
  caughtUp(entries: number): void;
  /** Entries were left out because the client received newer ones instead. */
  conflated(entries: number): void;
  /** The client did not read what was written until the stall timeout, and is cut off. */
  stalled(): void;
  error(error: unknown): void;
}
