import type { SseError } from "@sse/core";

/** What a connection follows, given when it joins a hub. */
export interface Subscription {
  /** The topic or topics to follow from the start. Default: none; what is broadcast arrives in any case. */
  topics?: string | Iterable<string>;
  /** Who this is: the connection receives what is sent to this user. One user may have any number of connections. Default: nobody. */
  user?: string;
  /**
   * Where the client got to: the id of the last event that it has seen. What came later arrives first. Empty or absent: no resume.
   * Default: the `Last-Event-ID` of the stream's request.
   */
  lastEventId?: string;
  /** Offers history to a client that does not resume: the `last` newest entries, over all that it follows. Default: none. */
  replay?: { last: number };
  /** When the client's right to be here ends: the connection is ended then, within a second. Default: never. */
  expires?: Date;
  /** Anything the application wants to find again on the connection. Never sent. */
  metadata?: unknown;
}

/**
 * - `catching-up`: behind the head; reading from the log, or waiting for the client to take what was written.
 * - `live`: at the head; what is published is pushed.
 * - `closed`: over.
 */
export type ConnectionState = "catching-up" | "live" | "closed";

/**
 * Why a connection ended.
 *
 * - `client`: the client left, or the network did.
 * - `stalled`: it took no bytes until the stall deadline.
 * - `lagging`: it fell behind, and the policy for slow readers is `disconnect`.
 * - `expired`: its subscription's `expires` has passed.
 * - `aged`: it lasted for `maxConnectionAge`.
 * - `server`: the application ended it, or the hub was closed.
 */
export type DisconnectReason = "client" | "stalled" | "lagging" | "expired" | "aged" | "server";

/** A connection to any instance of a hub. What is on another instance is told as it was when it was found. */
export interface FoundConnection {
  /** Unguessable; the client is told it in `sse:live`. */
  readonly id: string;
  readonly user: string | undefined;
  /** The topics followed now. */
  readonly topics: ReadonlySet<string>;
  /** Of a connection to this instance only. That of another throws an {@link SseError} `handler-failed`: decide by the user there. */
  readonly metadata: unknown;
  readonly connectedAt: Date;
}

/** A client's connection to a hub. */
export interface HubConnection extends FoundConnection {
  readonly state: ConnectionState;
  /** Follows a topic from this moment on: what was published earlier is not sent. Repeating it does nothing. */
  subscribe(topic: string): void;
  /** Stops following a topic, also for what was published but not written yet. */
  unsubscribe(topic: string): void;
  /** Ends the connection after what was written to it. */
  close(): void;
}
