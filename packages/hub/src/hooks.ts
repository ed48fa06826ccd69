import type { GapReason, Position } from "./log.js";
import type { DisconnectReason, HubConnection } from "./subscription.js";

/** What `hub.on` offers: each name with what its listeners are given. A listener that throws is reported to `error`. */
export interface HubHooks {
  /** A connection was registered. */
  connect: { connection: HubConnection };
  /** A connection ended. */
  disconnect: { connection: HubConnection; reason: DisconnectReason };
  /** A user's first connection came; with `topic`, the first one that follows this topic. */
  join: { user: string; topic: string | undefined };
  /** A user's last connection has been gone for the grace period; with `topic`, the last one that followed this topic. */
  leave: { user: string; topic: string | undefined };
  /** An event was published. `id` is empty for an ephemeral one. */
  publish: { id: string; audience: Audience; event: string; data: string };
  /** A batch of `events` published events was written: to `connections` live connections, in `bytes` over all of them. Once a flush. */
  delivered: { events: number; connections: number; bytes: number };
  /** A connection did not take what was written fast enough; it will catch up from the log. */
  lagging: { connection: HubConnection };
  /** A client was told that events which it would have received are no longer held. */
  gap: { connection: HubConnection; reason: GapReason; requested: string; oldest: Position | undefined };
  /** An ephemeral event did not go to a connection of its audience, because that was not live at the moment. */
  dropped: { connection: HubConnection; event: string };
  /** Something failed where nobody may be waiting: a publish, the link to the log, a listener. Without a listener it goes to `console.error`. */
  error: { error: unknown };
}

/** Whom an event was for. */
export type Audience =
  | { readonly kind: "everyone" }
  | { readonly kind: "topics"; readonly topics: readonly string[] }
  | { readonly kind: "users"; readonly users: readonly string[] };
