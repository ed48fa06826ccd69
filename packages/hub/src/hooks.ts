import type { EndInfo, GapReason, RefusalReason } from "@sse/core";
import { notAFunction, unknownHook } from "./errors.js";
import type { Position } from "./log/position.js";
import type { DisconnectReason, HubConnection } from "./subscription.js";

/**
 * The hooks of `hub.on`, with the payload of each. A listener that throws is reported to `error`.
 */
export interface HubHooks<Metadata = unknown> {
  /** A connection was registered. */
  connect: { connection: HubConnection<Metadata> };
  /** A connection ended. */
  disconnect: { connection: HubConnection<Metadata>; reason: DisconnectReason };
  /**
   * A user's first connection was opened; with `topic`, the first one that follows this topic. With
   * a bus each instance reports the users of all instances, each in its own order: every `join` is
   * followed by a `leave` before the next `join`. `local`: a connection to this instance is the
   * cause. That is one instance as a rule; it may be two where a user connects to both within
   * `cluster.interval`.
   */
  join: { user: string; topic: string | undefined; local: boolean };
  /**
   * A user's last connection ended, and the grace period has passed; with `topic`, the last one
   * that followed this topic. `local`: it was a connection to this instance. That may be no
   * instance where a user's last connections to two ended within `cluster.interval`, or where the
   * instance died.
   */
  leave: { user: string; topic: string | undefined; local: boolean };
  /** An event was published. `id` is empty for an ephemeral one. */
  publish: { id: string; audience: Audience; event: string; data: string };
  /**
   * A batch of published events was written, once for each flush. `events` counts each event once
   * for each of the `connections` that received it, `bytes` likewise.
   */
  delivered: { events: number; connections: number; bytes: number };
  /** A client did not read fast enough. Its connection will catch up from the log. */
  lagging: { connection: HubConnection<Metadata> };
  /** A client was sent `sse:gap`: events that it would have received are no longer held. */
  gap: GapReport<Metadata>;
  /**
   * A client was refused: the hub is closing, a limit was reached, or the log cannot be reached.
   */
  refused: { user: string | undefined; reason: RefusalReason };
  /**
   * A connection that was behind received only the newest of entries with one conflate key;
   * `events` were left out.
   */
  conflated: { connection: HubConnection<Metadata>; events: number };
  /** An ephemeral event was not written to a connection of its audience, which was not live. */
  dropped: { connection: HubConnection<Metadata>; event: string };
  /**
   * This instance has ended a run: as its producer, or because it canceled or lost it. `error` is
   * the reason of a failure.
   */
  runEnd: EndInfo & { run: string; error: unknown };
  /**
   * A publish, the link to the log, or a listener failed. Without a listener the error is printed
   * by `console.error`.
   */
  error: { error: unknown };
}

/** The names of all hooks. A record, so that one that is missing does not compile. */
const names: Record<keyof HubHooks, true> = {
  connect: true,
  disconnect: true,
  join: true,
  leave: true,
  publish: true,
  delivered: true,
  lagging: true,
  gap: true,
  refused: true,
  conflated: true,
  dropped: true,
  runEnd: true,
  error: true,
};

/** @throws {SseError} `invalid-option` unless it is the name of a hook and a function. */
export function requireHook(name: string, listener: unknown): void {
  if (!Object.hasOwn(names, name)) throw unknownHook(name, Object.keys(names));
  if (typeof listener !== "function") throw notAFunction(`hub.on("${name}")`, "listener", listener);
}

/** A gap, as it was reported to its client. */
export interface GapReport<Metadata = unknown> {
  readonly connection: HubConnection<Metadata>;
  readonly reason: GapReason;
  /**
   * The position that could not be resumed from, cut to 64 characters. From a client: hostile
   * input.
   */
  readonly requested: string;
  /** The oldest entry that follows; `undefined` if none is held. */
  readonly oldest: Position | undefined;
}

/** The receivers of an event. */
export type Audience =
  | { readonly kind: "everyone" }
  | { readonly kind: "topics"; readonly topics: readonly string[] }
  | { readonly kind: "users"; readonly users: readonly string[] };
