import type { SseError } from "@sse/core";

/**
 * The topics that a connection follows, and the application's data about it: passed when a client
 * connects to a hub. `metadata` is required where its type does not include `undefined`.
 */
export type Subscription<Metadata = unknown> = SubscriptionFields &
  (undefined extends Metadata
    ? {
        /** Anything that the application needs on the connection. It is never sent. */
        metadata?: Metadata | undefined;
      }
    : {
        /** The data that the application needs on the connection. It is never sent. */
        metadata: Metadata;
      });

/** The fields of a {@link Subscription} that are the same for all hubs. */
export interface SubscriptionFields {
  /**
   * The topic or topics that are followed from the start. Broadcasts are received in any case.
   * Default: none.
   */
  topics?: string | Iterable<string> | undefined;
  /**
   * The user: the connection receives what is sent to this user. A user may have any number of
   * connections. Default: none.
   */
  user?: string | undefined;
  /**
   * The id of the last event that the client has received: later events are sent first. `""`: no
   * resume. Default: the `Last-Event-ID` of the stream's request.
   */
  lastEventId?: string | undefined;
  /**
   * Sends history to a client that does not resume: the `last` newest entries of all that it
   * follows, or with `latest` the newest one of each topic, of the user and of the broadcasts, and
   * of each conflate key in these. `latest` reads the history that it selects from. Default: none.
   */
  replay?: { last: number } | { latest: true } | undefined;
  /**
   * The time at which the client's rights end. The connection is ended then, within a second.
   * Default: never.
   */
  expires?: Date | undefined;
  /**
   * Events that are sent first on each connect, a snapshot for example. They have no `id`. Default:
   * none.
   */
  initial?: Iterable<ConnectionEvent> | undefined;
  /**
   * Whether the client receives the hub's own `sse:*` events, and ids without an event. `false` is
   * for clients that treat every event as one of the application. A client whose `lastEventId` is
   * no longer held is then refused with status 410 if that is known ahead of the first byte;
   * otherwise its stream ends. A limit is answered with 503, and heartbeats are comments. Default
   * true.
   */
  controlEvents?: boolean | undefined;
}

/** An event that is sent to one connection only: it is not stored, and has no `id`. */
export interface ConnectionEvent {
  /** Its name. Default `message`. */
  event?: string | undefined;
  /** Its payload, serialized as the hub does. Default: an empty string. */
  data?: unknown;
}

/**
 * - `catching-up`: behind the head; it reads from the log, or waits for the client to read.
 * - `live`: at the head; what is published is pushed.
 * - `closed`: ended.
 */
export type ConnectionState = "catching-up" | "live" | "closed";

/**
 * The reason for which a connection ended.
 *
 * - `client`: the client left, or the network failed.
 * - `stalled`: the client read nothing until the stall timeout.
 * - `lagging`: the client fell behind, and the policy for slow readers is `disconnect`.
 * - `expired`: the `expires` of its subscription has passed.
 * - `aged`: it lasted for `maxConnectionAge`.
 * - `gap`: events were no longer held, and its subscription has no control events to say so.
 * - `run-ended`: the run that it read has ended, and everything was written.
 * - `server`: the application ended it, or the hub was closed.
 */
export type DisconnectReason =
  | "client"
  | "stalled"
  | "lagging"
  | "expired"
  | "aged"
  | "gap"
  | "run-ended"
  | "server";

/**
 * A connection to any instance of a hub. One to another instance is as it was when it was found.
 */
export interface FoundConnection<Metadata = unknown> {
  /** Unguessable. The client receives it in `sse:live`. */
  readonly id: string;
  readonly user: string | undefined;
  /** The topics that are followed now. */
  readonly topics: ReadonlySet<string>;
  /**
   * Only of a connection to this instance. That of another throws an {@link SseError}
   * `handler-failed`: decide by the user there.
   */
  readonly metadata: Metadata;
  readonly connectedAt: Date;
}

/** A client's connection to a hub. */
export interface HubConnection<Metadata = unknown> extends FoundConnection<Metadata> {
  /** The run that it reads; `undefined` for a connection that follows topics. */
  readonly run: string | undefined;
  readonly state: ConnectionState;
  /**
   * Resolves once the stream has started. It rejects with `refused`, for an adapter to respond with
   * its status, if the client's position is no longer held and its subscription has
   * `controlEvents: false`. It need not be awaited.
   */
  readonly opened: Promise<void>;
  /**
   * Follows a topic from this moment on: earlier events are not sent. Repeating it does nothing.
   *
   * @throws {SseError} `invalid-option` for a bad topic, beyond `limits.topicsPerConnection`, or if
   * it reads a run.
   */
  subscribe(topic: string): void;
  /** Stops following a topic, including events that were published but not written yet. */
  unsubscribe(topic: string): void;
  /**
   * Sends an event to this connection only, after everything that was published so far. It has no
   * `id`, is not stored, and waits while the client does not read.
   *
   * @returns true once it has been written; false if the connection closed before that.
   * @throws {SseError} (as a rejection, also reported to `error`, so that it need not be awaited)
   * `reserved`, `invalid-field`, `unserializable`, `invalid-event`.
   */
  send(event: ConnectionEvent): Promise<boolean>;
  /** Ends the connection after everything that was written to it. */
  close(): void;
}

/** Selects connections. Without a key it matches all. */
export interface ConnectionFilter {
  /** Those that follow this topic. */
  topic?: string | undefined;
  /** Those of this user. */
  user?: string | undefined;
}

/** Options of {@link Hub.disconnect}. */
export interface DisconnectOptions {
  /**
   * Milliseconds before the clients reconnect. Default: the `retry` that they were sent on connect.
   */
  retry?: number | undefined;
}

/** The connections that are to end: those of a user, of a topic, or one by its id. */
export type DisconnectTarget =
  | { readonly user: string }
  | { readonly topic: string }
  | { readonly connection: string };
