import type { ClientClock } from "../clock.js";
import type { EventSourceOptions } from "../options.js";
import type { Receiver } from "./transport.js";

/** What outlives an attempt. */
export interface Session {
  readonly options: EventSourceOptions;
  readonly clock: ClientClock;
  readonly receiver: Receiver;
  /** Method of the next request; `""`: a request may have reached the server, and must not be repeated. */
  method: string;
  /** When the last attempt was answered with a stream, by the clock; `Infinity`: it was not. */
  openedAt: number;
  /** The reconnection time that the server set, in milliseconds. Absent until it did. */
  retry?: number;
  /** Milliseconds without a byte after which the connection counts as lost. 0, or not yet known: never. */
  idleTimeout: number | undefined;
}
