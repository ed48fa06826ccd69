import type { ClientClock } from "./clock.js";
import type { EventSourceOptions } from "./options.js";
import type { Receiver } from "./transport.js";

/** What outlives an attempt. */
export interface Session {
  readonly options: EventSourceOptions;
  readonly clock: ClientClock;
  readonly receiver: Receiver;
  /** Attempts in a row that have failed. */
  failures: number;
  /** Whether a request may have reached the server. */
  sent: boolean;
  /** When the last attempt was answered with a stream, by the clock; `Infinity`: it was not. */
  openedAt: number;
  /** The reconnection time that the server set, in milliseconds. */
  retry: number | undefined;
  /** Milliseconds without a byte after which the connection counts as lost; 0: none. */
  idleTimeout: number;
}
