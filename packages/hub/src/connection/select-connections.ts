import { requireKnownKeys } from "@sse/core/internal";
import { badTarget } from "../errors.js";
import { topicChannel, userChannel } from "../log/channel.js";
import type { ConnectionFilter, DisconnectTarget } from "../subscription.js";
import { requireName } from "../validate.js";
import type { Connection, ConnectionContext } from "./connection.js";

type Registered = Pick<ConnectionContext, "connections" | "subscribers"> & {
  readonly runReaders: ConnectionContext["subscribers"];
};

/**
 * Returns the connections to this instance that match. With a topic or a user only their
 * connections are visited.
 *
 * @throws {SseError} `invalid-option` for an unknown key, or a topic or user that is none.
 */
export function selectConnections(
  { connections, subscribers, runReaders }: Registered,
  filter: ConnectionFilter,
): Connection[] {
  requireKnownKeys(filter, ["topic", "user"], "connections");
  const { topic, user } = filter;
  if (topic !== undefined) requireName("topic", topic);
  if (user !== undefined) requireName("user", user);
  if (topic === undefined && user === undefined) return [...connections.values()];
  const channel = topic === undefined ? userChannel(user!) : topicChannel(topic);
  const readers = [...subscribers.of(channel), ...runReaders.of(channel)];
  const found = readers.map(({ id }) => connections.get(id));
  return found
    .filter((connection) => connection !== undefined)
    .filter((connection) => user === undefined || connection.user === user);
}

/**
 * Returns a target that is exactly one of its forms: a misspelled or missing one must not end
 * others.
 *
 * @throws {SseError} `invalid-option`
 */
export function requireTarget(target: DisconnectTarget): DisconnectTarget {
  requireKnownKeys(target, ["user", "topic", "connection"], "disconnect");
  const named = Object.entries(target ?? {}).filter(([, value]) => value !== undefined);
  if (named.length !== 1 || typeof named[0]![1] !== "string") throw badTarget();
  return Object.fromEntries(named) as DisconnectTarget;
}

/** Ends the connections of a target on this instance, and returns how many there were. */
export function endConnections(
  registered: Registered,
  target: DisconnectTarget,
  retry: number | undefined,
): number {
  const matching =
    "connection" in target
      ? [registered.connections.get(target.connection)].filter((connection) => connection !== undefined)
      : selectConnections(registered, target);
  for (const connection of matching) connection.end("server", retry);
  return matching.length;
}
