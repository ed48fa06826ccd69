/**
 * The names of the hub's own events. Names with this prefix are reserved: an application can
 * publish none of them. What each one carries is in {@link ControlEventData}.
 */
export const controlEvents: Readonly<{
  /** Catch-up is over: what follows is live. Its id is the position of the connection. */
  live: "sse:live";
  /**
   * Events that the client would have received are no longer held. Its id is the position before
   * what follows.
   */
  gap: "sse:gap";
  /** The hub is full or closing: the stream ends, with a longer `retry`. */
  refused: "sse:refused";
  /** Nothing to send, with heartbeats of the kind `event`. */
  heartbeat: "sse:heartbeat";
  /** A run has ended: nothing follows, and the stream ends. */
  end: "sse:end";
}> = {
  live: "sse:live",
  gap: "sse:gap",
  refused: "sse:refused",
  heartbeat: "sse:heartbeat",
  end: "sse:end",
};

/** The prefix of all names in {@link controlEvents}. */
export const controlEventPrefix = "sse:";

/** The data of each control event, as JSON, by name. */
export interface ControlEventData {
  "sse:live": LiveInfo;
  "sse:gap": GapInfo;
  "sse:refused": RefusedInfo;
  /** An empty string. */
  "sse:heartbeat": "";
  "sse:end": EndInfo;
}

/** The data of `sse:live`. */
export interface LiveInfo {
  /** The hub's id of this connection, by which its topics can be changed. Keep it secret. */
  readonly connection: string;
  /** The hub's heartbeat interval in milliseconds; 0: none. */
  readonly heartbeat: number;
  /** Number of events that were sent to catch up. */
  readonly replayed: number;
}

/** The data of `sse:gap`. */
export interface GapInfo {
  readonly reason: GapReason;
  /** The id that the client asked to resume from, cut to 64 characters. */
  readonly requested: string;
  /** The oldest id that is still held; `null` if none is. */
  readonly oldest: string | null;
}

/** The reason why a reader cannot resume from the position that it asked for. */
export type GapReason =
  /** Matching entries after the position are no longer held. */
  | "evicted"
  /** The position is malformed, or was never assigned. */
  | "unknown"
  /** The position belongs to an earlier epoch of the log. */
  | "epoch";

/** The data of `sse:refused`. */
export interface RefusedInfo {
  readonly reason: RefusalReason;
}

/** The reason why a hub refuses a client. */
export type RefusalReason = "closing" | "connections" | "connections-per-user" | "log-unavailable";

/** The data of `sse:end`. */
export interface EndInfo {
  readonly state: EndState;
  /** The reason that the application passed, or that of the hub: `abandoned`, `too-large`. */
  readonly reason?: string;
  /** The data that the application passed to the end. */
  readonly data?: unknown;
}

/**
 * The state in which a run has ended.
 *
 * - `complete`: everything was produced.
 * - `failed`: the producer failed, or exceeded a bound.
 * - `cancelled`: it was stopped.
 * - `lost`: its producer is gone, and more would have followed. It may be taken over.
 */
export type EndState = "complete" | "failed" | "cancelled" | "lost";

/** The state of a run. */
export type RunState = "running" | EndState;
