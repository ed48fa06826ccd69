import type { GapReason, RefusalReason } from "@sse/core";
import type { Position } from "./log/position.js";
import type { DisconnectReason, HubConnection } from "./subscription.js";

/** What `hub.on` offers: each name with what its listeners are given. A listener that throws is reported to `error`. */
export interface HubHooks {
  /** A connection was registered. */
  connect: { connection: HubConnection };
  /** A connection ended. */
  disconnect: { connection: HubConnection; reason: DisconnectReason };
  /**
   * A user's first connection came; with `topic`, the first one that follows this topic. With a bus each instance is told of the users of all instances, each
   * in its own order: here, too, every `join` is followed by a `leave` before the next `join`. `local`: a connection of this instance brought it about. That is
   * one instance as a rule; it may be two where a user came to both within `cluster.interval`.
   */
  join: { user: string; topic: string | undefined; local: boolean };
  /**
   * A user's last connection has been gone for the grace period; with `topic`, the last one that followed this topic. `local`: it was a connection of this instance.
   * That may be no instance where a user's last connections on two went within `cluster.interval`, or where the instance is the one that died.
   */
  leave: { user: string; topic: string | undefined; local: boolean };
  /** An event was published. `id` is empty for an ephemeral one. */
  publish: { id: string; audience: Audience; event: string; data: string };
  /**
   * A batch of published events was written. `events` counts each event once for each of the `connections` that got it, `bytes` likewise.
   * Once a flush, not for each connection.
   */
  delivered: { events: number; connections: number; bytes: number };
  /** A connection did not take what was written fast enough; it will catch up from the log. */
  lagging: { connection: HubConnection };
  /** A client was told that events which it would have received are no longer held. */
  gap: GapReport;
  /** A client was turned away: the hub is closing, a limit was reached, or the log cannot be reached. */
  refused: { user: string | undefined; reason: RefusalReason };
  /** Of entries with one conflate key, a connection that was behind got only the newest; `events` were left out. */
  conflated: { connection: HubConnection; events: number };
  /** An ephemeral event did not go to a connection of its audience, because that was not live at the moment. */
  dropped: { connection: HubConnection; event: string };
  /** Something failed where nobody may be waiting: a publish, the link to the log, a listener. Without a listener it goes to `console.error`. */
  error: { error: unknown };
}

/** A gap, as a client was told of it. */
export interface GapReport {
  readonly connection: HubConnection;
  readonly reason: GapReason;
  /** The position that could not be resumed from, cut to 64 characters. From a client: hostile input. */
  readonly requested: string;
  /** The oldest entry that follows; `undefined` if none is held. */
  readonly oldest: Position | undefined;
}

/** Whom an event was for. */
export type Audience =
  | { readonly kind: "everyone" }
  | { readonly kind: "topics"; readonly topics: readonly string[] }
  | { readonly kind: "users"; readonly users: readonly string[] };
