import type { EventStream } from "@sse/core";
import { requireAtLeast, requireDuration, requireKnownKeys, requireOneOf } from "@sse/core/internal";
import { RemoteConnection } from "./cluster/remote-connection.js";
import { connectionInfo, connectionStart } from "./connection/parse-subscription.js";
import { endConnections, requireTarget, selectConnections } from "./connection/select-connections.js";
import {
  changeTopicsOf,
  requireTopicChange,
  type TopicChange,
  type TopicChangeResult,
} from "./connection/topic-change.js";
import type { CloseOptions } from "./drain.js";
import { headUnknown } from "./errors.js";
import type { EventSchemas } from "./event-schemas.js";
import { type Audience, type HubHooks, requireHook } from "./hooks.js";
import { buildParts, type HubParts, requireRuns, startParts, statsOf, stopParts } from "./hub-parts.js";
import { requireScopeKeys } from "./known-keys.js";
import type { Position } from "./log/position.js";
import type { HubOptions, PresenceScope } from "./options.js";
import { type HubEvent, noPublishOptions, type PublishOptions } from "./publish/publication.js";
import type { RunSubscription } from "./runs/read-run.js";
import type { FoundRun, Run } from "./runs/run.js";
import type { RunOptions } from "./runs/run-options.js";
import type { HubStats } from "./stats.js";
import type {
  ConnectionFilter,
  DisconnectOptions,
  DisconnectTarget,
  FoundConnection,
  HubConnection,
  Subscription,
} from "./subscription.js";
import { requireName } from "./validate.js";

/**
 * Creates a hub. `Events` maps event names to payload types, so that a wrong payload does not
 * compile. `Metadata` is the type of the `metadata` of subscriptions and connections.
 *
 * @throws {SseError} `invalid-option` for an unknown option, or one out of its range.
 */
export function createHub<Events extends object = Record<string, unknown>, Metadata = unknown>(
  options: HubOptions<Events, Metadata> = {},
): Hub<Events, Metadata> {
  return new Hub<Events, Metadata>(options);
}

/**
 * Publishes events and delivers them to connections. A hub is a log with readers: what is published
 * is appended to the log, and each connection reads from it what matches its subscription, live or
 * from the position at which its client stopped.
 *
 * Over 25 members: they are the public interface, and each is a few lines that ask one part.
 */
export class Hub<Events extends object = Record<string, unknown>, Metadata = unknown> {
  /** The schemas of its events, if it has some: `describeEvents(hub)` describes them. */
  readonly events: EventSchemas<Events> | undefined;
  readonly #parts: HubParts;
  readonly #stopFollowing: () => void;
  #closing: Promise<void> | undefined;

  /** Use {@link createHub}. */
  constructor(options: HubOptions<Events, Metadata>) {
    this.#parts = buildParts(options);
    this.events = options.events;
    this.#stopFollowing = startParts(this.#parts);
  }

  /**
   * Publishes to every connection.
   *
   * @returns the event's id, once the log has stored it; `""` for an ephemeral event.
   * @throws {SseError} (as a rejection, reported to `error`: it need not be awaited) `reserved`,
   * `invalid-field`, `unserializable`, `too-large`, `closed`, and the errors of the log.
   */
  broadcast(event: HubEvent<Events>, options: PublishOptions = noPublishOptions): Promise<string> {
    return this.#parts.publisher.publish({ kind: "everyone" }, event, options);
  }

  /**
   * Publishes to the connections that follow at least one of the topics, once to each. Otherwise as
   * {@link broadcast}.
   */
  publish(
    topics: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = noPublishOptions,
  ): Promise<string> {
    return this.#parts.publisher.publish({ kind: "topics", topics }, event, options);
  }

  /**
   * Publishes to every connection of the users, once to each. It is no mailbox: a user who is not
   * connected receives it later only by resuming from an earlier position, or by `replay`.
   * Otherwise as {@link broadcast}.
   */
  sendTo(
    users: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = noPublishOptions,
  ): Promise<string> {
    return this.#parts.publisher.publish({ kind: "users", users }, event, options);
  }

  /**
   * Checks an event, and the options of its publish, as publishing does, and publishes nothing.
   *
   * @param audience Default: everyone.
   * @throws {SseError} (as a rejection) as {@link broadcast}.
   */
  validate(event: HubEvent<Events>, options: PublishOptions = {}, audience?: Audience): Promise<void> {
    return this.#parts.publisher.validate(event, options, audience);
  }

  /**
   * Connects a client's stream to the hub. It receives what its subscription matches: first the
   * events that it missed, then what is published, in one order and without a break. Over a limit,
   * or while the hub is closing, the client is refused, by default softly: the returned connection
   * is closed then.
   *
   * @throws {SseError} `attached` if the stream is connected to a hub already, `invalid-option` for
   * a bad subscription or for a stream whose id another connection has, `refused` for too many
   * topics or an `expires` in the past, or at another limit if `limits.refusal` is `status` or the
   * subscription has `controlEvents: false`. Nothing has been written then.
   */
  connect(
    stream: EventStream,
    subscription: Subscription<Metadata> = {} as Subscription<Metadata>,
  ): HubConnection<Metadata> {
    const { settings, context } = this.#parts;
    this.#parts.connector.requireUnused(stream);
    const info = connectionInfo(subscription, settings);
    const start = connectionStart(subscription, stream.lastEventId, settings);
    return this.#parts.connector.open(stream, info, start, context) as HubConnection<Metadata>;
  }

  /**
   * Checks everything that {@link connect} checks, and connects nothing: a response to HEAD. The
   * client is not registered, counted or reported to a hook. Resolves when the stream would start.
   *
   * @throws {SseError} (as a rejection) as {@link connect}, and as `opened` of its connection.
   */
  async probe(
    stream: EventStream,
    subscription: Subscription<Metadata> = {} as Subscription<Metadata>,
  ): Promise<void> {
    const { settings, context } = this.#parts;
    this.#parts.connector.requireUnused(stream);
    const info = connectionInfo(subscription, settings);
    const start = connectionStart(subscription, stream.lastEventId, settings);
    await this.#parts.connector.probe(stream, info, start, context);
  }

  /**
   * Starts a run: a stream of events that ends, and outlives its connections. This process produces
   * it; `runStream` of an adapter sends it. Resolves once all instances find it.
   *
   * @param id names it, 1 to 256 characters. Default: a random UUID.
   * @throws {SseError} (as a rejection) `run-exists`, `invalid-option`, `closed`, and the log's:
   * `overloaded` if the runs of a memory log use all that they may.
   */
  async run(id?: string, options: RunOptions = {}): Promise<Run<Events>> {
    return requireRuns(this.#parts).runs.create(id, options);
  }

  /**
   * Finds a run, wherever it is produced; `undefined` if there is none, or its ttl has passed. A
   * run whose producer has died is `lost` from then on.
   *
   * @throws {SseError} (as a rejection) `log-unavailable`, `invalid-option`, `closed`.
   */
  async findRun(id: string): Promise<FoundRun | undefined> {
    return requireRuns(this.#parts).runs.find(id);
  }

  /**
   * Takes over a run that is lost, as its producer from now on: what is appended follows its last
   * event. `events()` reads what it has so far. Its readers wait until it is ended, by `fail` if it
   * cannot be continued.
   *
   * @throws {SseError} (as a rejection) `run-unknown`; `run-exists` if its producer is alive;
   * `run-ended`; and as {@link run}.
   */
  async resumeRun(id: string): Promise<Run<Events>> {
    return requireRuns(this.#parts).runs.resume(id);
  }

  /**
   * Connects a client's stream to a run: it receives the run from its beginning, or after its
   * `Last-Event-ID`, then what is appended, then `sse:end`, and the stream ends.
   *
   * @throws {SseError} (as a rejection) as {@link connect}, and `refused`: 404 for a run that is
   * not held or is another user's, 204 for a client that has all of it, 503 while the log cannot be
   * reached.
   */
  async connectRun(
    stream: EventStream,
    subscription: RunSubscription<Metadata>,
  ): Promise<HubConnection<Metadata>> {
    const { connector } = this.#parts;
    const { context, runs, readerInfo, findReader } = requireRuns(this.#parts);
    connector.requireUnused(stream);
    const info = readerInfo(subscription);
    // Ahead of what costs, and once more when that is done.
    const refused = connector.refuse(stream, info);
    if (refused !== undefined) return refused as HubConnection<Metadata>;
    const { start, facts } = await findReader(stream, subscription, info);
    connector.requireUnused(stream);
    const connection = connector.open(stream, info, start, context);
    runs.readerAdded(info.run, facts);
    return connection as HubConnection<Metadata>;
  }

  /** Checks what {@link connectRun} checks, and connects nothing. As {@link probe}. */
  async probeRun(stream: EventStream, subscription: RunSubscription<Metadata>): Promise<void> {
    const { connector } = this.#parts;
    const { context, readerInfo, findReader } = requireRuns(this.#parts);
    connector.requireUnused(stream);
    const info = readerInfo(subscription);
    if (connector.probeRefusal(info)) return;
    const { start } = await findReader(stream, subscription, info);
    await connector.probe(stream, info, start, context);
  }

  /**
   * Returns a position at or before the head: everything that is published later follows it. Read
   * it, render a page with the state of this moment, and let the page connect from that position:
   * as `lastEventId` of its subscription, or of an `EventSource` in the query string
   * (`?lastEventId=`).
   *
   * @throws {SseError} `log-unavailable` while the hub has not reached its log for the first time.
   */
  position(): Position {
    const { head } = this.#parts.window;
    if (head === "") throw headUnknown();
    return head;
  }

  /**
   * Compares two positions, such as the ids of two events: negative if `a` precedes `b`, positive
   * if it follows, 0 if they are the same, and `NaN` if they are not two positions of one epoch.
   */
  compare(a: Position, b: Position): number {
    return this.#parts.log.compare(a, b);
  }

  /**
   * Returns the connections to this instance: all, or those of a user, that follow a topic, or
   * both.
   */
  connections(filter: ConnectionFilter = {}): HubConnection<Metadata>[] {
    return selectConnections(this.#parts, filter) as HubConnection<Metadata>[];
  }

  /**
   * Returns the connection to this instance with an id, which its client received in `sse:live`.
   */
  connection(id: string): HubConnection<Metadata> | undefined {
    return this.#parts.connector.registered(id) as HubConnection<Metadata> | undefined;
  }

  /**
   * Finds the connection with an id on any instance. The id, as its client received it in
   * `sse:live`, names the instance that has the connection: that one alone is asked. If it does not
   * respond within two seconds, the result is `undefined`.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if it cannot be asked; `overloaded` if a
   * thousand requests to them wait already.
   */
  async findConnection(id: string): Promise<FoundConnection<Metadata> | undefined> {
    return this.connection(id) ?? this.#parts.cluster?.find(id);
  }

  /**
   * Changes the topics of a connection that {@link findConnection} found, on any instance: all of
   * them, or nothing. Once it resolves, the connection receives what is published to the new
   * topics.
   *
   * @throws {SseError} (as a rejection) `invalid-option` for a bad topic or bound;
   * `log-unavailable` if the connection's instance does not respond within two seconds: the change
   * may have been made, and may be repeated; `overloaded` as for finding it.
   */
  async changeTopics(connection: FoundConnection, change: TopicChange): Promise<TopicChangeResult> {
    const checked = requireTopicChange(change, this.#parts.settings.limits.topicsPerConnection);
    const here = this.#parts.connector.registered(connection.id);
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

  /**
   * Returns the users who are connected, or follow a topic; each once, whatever the number of
   * connections.
   */
  users(topic?: string, scope: PresenceScope = {}): string[] {
    return isInstance(scope) ? this.#parts.presence.usersHere(topic) : this.#parts.presence.users(topic);
  }

  /** Returns whether a user has a connection, or is in the grace period after the last one. */
  isOnline(user: string, scope: PresenceScope = {}): boolean {
    requireName("user", user);
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
   * Ends the connections of a user, of a topic, or one by its id, on all instances. Connections to
   * other instances end as soon as these receive the message; a bus that cannot send it is reported
   * to `error`. A client that is allowed to reconnect will.
   *
   * @returns the number of connections that were ended on this instance.
   * @throws {SseError} `invalid-option` for a bad target or `retry`.
   */
  disconnect(target: DisconnectTarget, options: DisconnectOptions = {}): number {
    requireKnownKeys(options, ["retry"], "disconnect");
    const only = requireTarget(target);
    const { retry } = options;
    if (retry !== undefined) requireAtLeast(0, "retry", retry);
    const ended = endConnections(this.#parts, only, retry);
    if (!("connection" in only) || ended === 0) this.#parts.cluster?.disconnect(only, retry);
    return ended;
  }

  /** Returns the statistics of this instance. */
  stats(): HubStats {
    return statsOf(this.#parts);
  }

  /**
   * Adds a listener, and returns a function that removes it.
   *
   * @throws {SseError} `invalid-option` for a hook that does not exist.
   */
  on<Name extends keyof HubHooks>(
    name: Name,
    listener: (payload: HubHooks<Metadata>[Name]) => void,
  ): () => void {
    requireHook(name, listener);
    return this.#parts.hooks.on(name, listener as (payload: HubHooks[Name]) => void);
  }

  /**
   * Whether {@link close} has been called. A health check should fail then, so that no new client
   * is sent here.
   */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Refuses new connections, ends those that are open, and resolves when all have closed. Until
   * then publishing works. A log or a bus that was passed in stays open. Calling it again returns
   * the same promise.
   *
   * @throws {SseError} `invalid-option` for a bad `drain`; nothing is closed then.
   */
  close(options: CloseOptions = {}): Promise<void> {
    requireKnownKeys(options, ["drain"], "close");
    const drain = requireDuration("drain", options.drain ?? 0);
    if (this.#closing === undefined) {
      this.#parts.drain.start(drain);
      // In a turn of its own, so that a listener of the first `disconnect` sees the hub closing.
      this.#closing = Promise.resolve().then(() => this.#shutDown());
    }
    return this.#closing;
  }

  /** The maximum number of topics, or users, of a publish. */
  async #shutDown(): Promise<void> {
    const { drain, connections } = this.#parts;
    await drain.run([...connections.values()]);
    await stopParts(this.#parts, this.#stopFollowing);
  }
}

function isInstance(options: PresenceScope): boolean {
  requireScopeKeys(options);
  return requireOneOf(["hub", "instance"], "scope", options.scope ?? "hub") === "instance";
}
