import type { SseError } from "@sse/core";
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
  /** The reconnection time that the server set, in milliseconds. */
  retry: number | undefined;
  /** Milliseconds without a byte after which the connection counts as lost; 0: none. */
  idleTimeout: number;
}

/** How an attempt came to its end. */
export interface Outcome {
  /** Absent: the server wants no more requests. */
  readonly failure: SseError | undefined;
  /** Milliseconds that the answer asked to wait. */
  readonly retryAfter?: number | undefined;
  /** Milliseconds for which there was a stream; negative: there was none, or one that only refused. */
  readonly lasted: number;
}
