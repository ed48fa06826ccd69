import type { EndInfo } from "@sse/core";
import type { ClientClock } from "../clock.js";
import type { EventSourceOptions, PerAttempt } from "../options.js";
import type { Receiver } from "./transport.js";

/** The state of a connection that outlives an attempt. */
export interface ConnectionState {
  readonly url: PerAttempt<string | URL>;
  readonly options: EventSourceOptions;
  readonly clock: ClientClock;
  readonly receiver: Receiver;
  /** The time at which the last attempt was answered with a stream; `Infinity`: it was not. */
  openedAt: number;
  /** The reconnection time that the server set, in milliseconds. Absent until it has set one. */
  retry?: number;
  /**
   * Milliseconds without a byte after which the connection counts as lost. 0 or not yet set: never.
   */
  idleTimeout: number | undefined;
  /** The id that the last request carried; `""`: none. */
  sentId: string;
  /** The URL at which a run is read that the first request has started. */
  resumeUrl?: string;
  /** The end of the run, once it was received. */
  runEnd?: EndInfo;
  /** An id that no request can carry, and that was reported. */
  unsendableId?: string;
}
