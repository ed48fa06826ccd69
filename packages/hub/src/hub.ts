import type { EventStream, RefusalReason } from "@sse/core";
import { requireAtLeast, requireDuration, requireOneOf } from "@sse/core/internal";
import type { DisconnectTarget } from "./cluster/messages.js";
import { RemoteConnection } from "./cluster/remote-connection.js";
import { Connection } from "./connection/connection.js";
import { connectionInfo, connectionStart } from "./connection/parse-subscription.js";
import {
  changeTopicsOf,
  requireTopicChange,
  type TopicChange,
  type TopicChangeResult,
} from "./connection/topic-change.js";
import { headUnknown, streamIdInUse } from "./errors.js";
import type { HubHooks } from "./hooks.js";
import { buildParts, endConnections, type HubParts, startParts, stopParts } from "./hub-parts.js";
import type { Position } from "./log/position.js";
import type { HubOptions, PresenceScope } from "./options.js";
import type { HubEvent, PublishOptions } from "./publish/publication.js";
import type { HubStats } from "./stats.js";
import type { FoundConnection, HubConnection, Subscription } from "./subscription.js";
import { requireNames } from "./validate.js";

/**
 * Creates a hub. `Events` maps event names to payload types, so that a wrong payload does not compile.
 *
 * @throws {SseError} `invalid-option` for an option out of its range.
 */
export function createHub<Events extends object = Record<string, unknown>>(
  options: HubOptions<Events> = {},
): Hub<Events> {
  return new Hub<Events>(options);
}

/** Options of {@link Hub.close}. */
export interface CloseOptions {
  /**
   * Milliseconds over which the connections are ended, one after the other, so that their clients
   * do not reconnect all at once. Default 0.
   */
  drain?: number;
}

/** Options of {@link Hub.disconnect}. */
export interface DisconnectOptions {
  /** Milliseconds before the clients reconnect. Default: the `retry` that they were sent on connect. */
  retry?: number;
}

/**
 * Publishes events and delivers them to connections. A hub is a log with readers: what is published
 * is appended to the log, and each connection reads from it what matches its subscription, live or
 * from the position at which its client stopped.
 */
export class Hub<Events extends object = Record<string, unknown>> {
  readonly #parts: HubParts;
  readonly #stopFollowing: () => void;
  #closing: Promise<void> | undefined;

  /** Use {@link createHub}. */
  constructor(options: HubOptions<Events>) {
    this.#parts = buildParts(options);
    this.#stopFollowing = startParts(this.#parts);
  }

  /**
   * Publishes to every connection.
   *
   * @returns the event's id, once the log has stored it; `""` for an ephemeral event.
   * @throws {SseError} (as a rejection, also reported to `error`, so that it need not be awaited)
   * `reserved`, `invalid-field`, `unserializable`, `too-large`, `closed`, and the errors of the log.
   */
  broadcast(event: HubEvent<Events>, options: PublishOptions = {}): Promise<string> {
    return this.#parts.publisher.publish(() => ({ kind: "everyone" }), event, options);
  }

  /** Publishes to the connections that follow at least one of the topics, once to each. Otherwise as {@link broadcast}. */
  publish(
    topics: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = {},
  ): Promise<string> {
    return this.#parts.publisher.publish(
      () => ({ kind: "topics", topics: requireNames("topic", topics) }),
      event,
      options,
    );
  }

  /**
   * Publishes to every connection of the users, once to each. It is no mailbox: a user who is not
   * connected receives it later only by resuming from an earlier position, or by `replay`.
   * Otherwise as {@link broadcast}.
   */
  sendTo(
    users: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = {},
  ): Promise<string> {
    return this.#parts.publisher.publish(
      () => ({ kind: "users", users: requireNames("user", users) }),
      event,
      options,
    );
  }

  /**
   * Checks an event as publishing does, and publishes nothing.
   *
   * @throws {SseError} (as a rejection) as {@link broadcast}.
   */
  validate(event: HubEvent<Events>): Promise<void> {
    return this.#parts.publisher.validate(event);
  }

  /**
   * Connects a client's stream to the hub. It receives what its subscription matches: first the
   * events that it missed, then what is published, in one order and without a break. Over a limit,
   * or while the hub is closing, the client is refused, by default softly: the returned connection
   * is closed then.
   *
   * @throws {SseError} `attached` if the stream is connected to a hub already, `invalid-option` for a
   * bad subscription or for a stream whose id another connection has, `refused` for too many topics,
   * or at another limit if `limits.refusal` is `status`. Nothing has been written then.
   */
  connect(stream: EventStream, subscription: Subscription = {}): HubConnection {
    const { settings, context, refusals } = this.#parts;
    this.#requireUnusedId(stream);
    const info = connectionInfo(subscription, settings);
    const start = connectionStart(subscription, stream.lastEventId, settings);
    const reason = this.#refusalFor(info.user);
    if (reason !== undefined) return refusals.refuse(stream, info, reason);
    const connection = new Connection(stream, info, context);
    connection.open(start);
    return connection;
  }

  /**
   * Returns a position at or before the head: everything that is published later follows it. Read
   * it, render a page with the state of this moment, and let the page connect from that position.
   *
   * @throws {SseError} `log-unavailable` while the hub has not reached its log for the first time.
   */
  position(): Position {
    const { head } = this.#parts.window;
    if (head === "") throw headUnknown();
    return head;
  }

  /** Returns the connections to this instance. */
  connections(): HubConnection[] {
    return [...this.#parts.connections.values()];
  }

  /** Returns the connection to this instance with an id, which its client received in `sse:live`. */
  connection(id: string): HubConnection | undefined {
    const { connections, context } = this.#parts;
    return connections.get(context.connectionIdOf(id));
  }

  /**
   * Finds the connection with an id on any instance. The id, as its client received it in `sse:live`,
   * names the instance that has the connection: that one alone is asked. If it does not respond within
   * two seconds, the result is `undefined`.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if it cannot be asked; `overloaded`
   * if a thousand requests to them wait already.
   */
  async findConnection(id: string): Promise<FoundConnection | undefined> {
    return this.connection(id) ?? this.#parts.cluster?.find(id);
  }

  /**
   * Changes the topics of a connection that {@link findConnection} found, on any instance: all of
   * them, or nothing. Once it resolves, the connection receives what is published to the new topics.
   *
   * @throws {SseError} (as a rejection) `invalid-option` for a bad topic or bound; `log-unavailable`
   * if the connection's instance does not respond within two seconds: the change may have been made,
   * and may be repeated; `overloaded` as for finding it.
   */
  async changeTopics(connection: FoundConnection, change: TopicChange): Promise<TopicChangeResult> {
    const checked = requireTopicChange(change, this.#parts.settings.limits.topicsPerConnection);
    const here = this.connection(connection.id);
    if (here !== undefined && here === connection) return changeTopicsOf(here, checked);
    const remote =
      connection instanceof RemoteConnection && this.#parts.cluster?.changeTopics(connection, checked);
    return remote || { refusal: "ended" };
  }

  /** Returns the number of connections, or of those that follow a topic. */
  connectionCount(topic?: string, scope: PresenceScope = {}): number {
    const here = this.#parts.local.connections(topic);
    return isInstance(scope) ? here : here + (this.#parts.cluster?.connectionsElsewhere(topic) ?? 0);
  }

  /** Returns the users who are connected, or follow a topic; each once, whatever the number of connections. */
  users(topic?: string, scope: PresenceScope = {}): string[] {
    return isInstance(scope) ? this.#parts.presence.usersHere(topic) : this.#parts.presence.users(topic);
  }

  /** Returns whether a user has a connection, or is in the grace period after the last one. */
  isOnline(user: string, scope: PresenceScope = {}): boolean {
    return isInstance(scope) ? this.#parts.presence.hasHere(user) : this.#parts.presence.has(user);
  }

  /** Returns the topics that have followers. */
  topics(scope: PresenceScope = {}): string[] {
    const here = this.#parts.local.topics();
    return isInstance(scope)
      ? [...here]
      : [...new Set([...here, ...(this.#parts.cluster?.topicsElsewhere() ?? [])])];
  }

  /**
   * Ends a user's connections, or one connection by its id, on all instances. Connections to other
   * instances end as soon as these receive the message; a bus that cannot send it is reported to
   * `error`. A client that is allowed to reconnect will.
   *
   * @returns the number of connections that were ended on this instance.
   * @throws {SseError} `invalid-option` for a bad `retry`.
   */
  disconnect(target: DisconnectTarget, { retry }: DisconnectOptions = {}): number {
    if (retry !== undefined) requireAtLeast(0, "retry", retry);
    const ended = endConnections(this.#parts.context, target, retry);
    const mayBeElsewhere = "user" in target || ended === 0;
    if (mayBeElsewhere) this.#parts.cluster?.disconnect(target, retry);
    return ended;
  }

  /** Returns the statistics of this instance. */
  stats(): HubStats {
    const connections = [...this.#parts.connections.values()];
    return {
      connections: connections.length,
      users: this.#parts.presence.countHere,
      topics: [...this.#parts.local.topics()].length,
      lagging: connections.filter(({ state }) => state === "catching-up").length,
      instances: this.#parts.cluster?.instances ?? 1,
      windowEvents: this.#parts.window.size,
      windowBytes: this.#parts.window.bytes,
      ...this.#parts.counters,
      gaps: { ...this.#parts.counters.gaps },
    };
  }

  /** Adds a listener, and returns a function that removes it. */
  on<Name extends keyof HubHooks>(name: Name, listener: (payload: HubHooks[Name]) => void): () => void {
    return this.#parts.hooks.on(name, listener);
  }

  /**
   * Refuses new connections, ends those that are open, and resolves when all have closed. Until then
   * publishing works. A log or a bus that was passed in stays open. Calling it again returns the
   * same promise.
   *
   * @throws {SseError} `invalid-option` for a bad `drain`; nothing is closed then.
   */
  close({ drain = 0 }: CloseOptions = {}): Promise<void> {
    requireDuration("drain", drain);
    if (this.#closing === undefined) {
      this.#parts.drain.start(drain);
      // In a turn of its own, so that a listener of the first `disconnect` sees the hub closing.
      this.#closing = Promise.resolve().then(() => this.#shutDown());
    }
    return this.#closing;
  }

  /** Whether the stream itself is attached already is checked, and reported, by the stream. */
  #requireUnusedId(stream: EventStream): void {
    const connection = this.connection(stream.id) as Connection | undefined;
    if (connection !== undefined && !connection.serves(stream)) throw streamIdInUse();
  }

  #refusalFor(user: string | undefined): RefusalReason | undefined {
    if (this.#closing !== undefined) return "closing";
    const { monitoredLog, admission } = this.#parts;
    return monitoredLog?.isDown ? "log-unavailable" : admission.refusal(user);
  }

  async #shutDown(): Promise<void> {
    const { drain, connections } = this.#parts;
    await drain.run([...connections.values()]);
    await stopParts(this.#parts, this.#stopFollowing);
  }
}

function isInstance({ scope = "hub" }: PresenceScope): boolean {
  return requireOneOf(["hub", "instance"], "scope", scope) === "instance";
}
