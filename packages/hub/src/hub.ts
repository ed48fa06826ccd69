import { type EventStream, type RefusalReason, refuse, SseError } from "@sse/core";
import { requireAtLeast, requireDuration, requireOneOf } from "@sse/core/internal";
import { Cluster } from "./cluster/cluster.js";
import type { DisconnectTarget } from "./cluster/messages.js";
import { RemoteConnection } from "./cluster/remote-connection.js";
import { Admission } from "./connection/admission.js";
import { Connection, type ConnectionContext, type Identity, type Opening } from "./connection/connection.js";
import { Deadlines } from "./connection/deadlines.js";
import { OwnPresence } from "./connection/local-presence.js";
import { Presence } from "./connection/presence.js";
import {
  changeTopicsOf,
  requireTopicChange,
  type TopicChange,
  type TopicChangeResult,
} from "./connection/topic-change.js";
import { EventWindow } from "./delivery/event-window.js";
import { Feed } from "./delivery/feed.js";
import { Heartbeat } from "./delivery/heartbeat.js";
import type { Reader } from "./delivery/reader.js";
import { Subscribers } from "./delivery/subscribers.js";
import { Emitter } from "./emitter.js";
import { eventCheck } from "./event-schemas.js";
import type { HubHooks } from "./hooks.js";
import type { HubBus } from "./log/bus.js";
import { everyone } from "./log/channel.js";
import type { EventLog, ReadStart } from "./log/event-log.js";
import { createMemoryLog, isMemoryLog } from "./log/memory-log.js";
import { WatchedLog } from "./log/monitored-log.js";
import type { Position } from "./log/position.js";
import { type HubOptions, type HubSettings, type PresenceScope, resolveOptions } from "./options.js";
import type { HubEvent, PublishOptions } from "./publish/publication.js";
import { Publisher } from "./publish/publisher.js";
import { Sleep } from "./sleep.js";
import { Counters, type HubStats } from "./stats.js";
import type { FoundConnection, HubConnection, Subscription } from "./subscription.js";
import { requireName, requireNames } from "./validate.js";

/** Retry of a refusal in milliseconds: clients come back somewhere between these. */
const refusalRetry = { least: 5_000, most: 15_000 };

/** The shortest time in milliseconds between two steps of a drain; with many connections a step ends several. */
const drainStep = 10;

/** How many clients may be in the course of being turned away; above it their sockets are destroyed at once. */
const mostRefusals = 1_000;

/**
 * Makes a hub. `Events` maps event names to payload types, so that a wrong payload does not compile.
 *
 * @throws {SseError} `invalid-option` for an option out of its range.
 */
export function createHub<Events extends object = Record<string, unknown>>(
  options: HubOptions<Events> = {},
): Hub<Events> {
  return new Hub<Events>(options);
}

/** How a hub is closed. */
export interface CloseOptions {
  /** Milliseconds over which the connections are ended, one after the other, so that their clients do not all come back at once. Default 0. */
  drain?: number;
}

/** How connections are ended. */
export interface DisconnectOptions {
  /** Milliseconds that the clients are to stay away. Default: the time that they were told on connect. */
  retry?: number;
}

/**
 * A log with readers: what is published is appended to the log, and every connection reads from it what is meant for it, live or
 * from where its client left off.
 */
export class Hub<Events extends object = Record<string, unknown>> {
  readonly #settings: HubSettings;
  readonly #log: EventLog;
  readonly #ownsLog: boolean;
  /** The log, where somebody wants to know whether it can be reached. */
  readonly #watchedLog: WatchedLog | undefined;
  readonly #window: EventWindow;
  readonly #feed: Feed;
  readonly #subscribers: Subscribers<Reader>;
  readonly #connections = new Map<string, Connection>();
  readonly #presence: Presence;
  readonly #own: OwnPresence;
  /** The other instances, where there is a bus to them. */
  readonly #cluster: Cluster | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #hooks = new Emitter();
  readonly #counters = new Counters();
  readonly #connectionContext: ConnectionContext;
  readonly #publisher: Publisher;
  readonly #admission: Admission;
  readonly #stopFollowing: () => void;
  #closing: Promise<void> | undefined;
  /** When the drain that is under way will be over, by the clock. */
  #drainedAt = 0;
  /** Clients that are being turned away at this moment. */
  #refusals = 0;

  /** Use {@link createHub}. */
  constructor(options: HubOptions<Events>) {
    const settings = resolveOptions(options);
    const hooks = this.#hooks;
    this.#settings = settings;
    this.#ownsLog = options.log === undefined;
    const log = options.log ?? createMemoryLog();
    this.#watchedLog =
      settings.whenLogUnavailable === "refuse" ? new WatchedLog(log, settings.clock) : undefined;
    this.#log = this.#watchedLog ?? log;
    this.#subscribers = new Subscribers((channel) => this.#cluster?.channelChanged(channel));
    this.#window = new EventWindow(this.#log, settings.window, () => settings.clock.now());
    this.#presence = new Presence(settings.presenceGrace, settings.clock, {
      join: (user, topic, local) => hooks.emit("join", { user, topic, local }),
      leave: (user, topic, local) => hooks.emit("leave", { user, topic, local }),
      changedHere: (user, topic) => this.#cluster?.userChanged(user, topic),
    });
    this.#own = new OwnPresence(this.#subscribers, this.#presence);
    this.#feed = new Feed(this.#window, this.#subscribers, settings, {
      delivered: (report) => {
        this.#counters.delivered += report.events;
        this.#counters.bytes += report.bytes;
        hooks.emit("delivered", report);
      },
      error: (error) => hooks.report(error),
    });
    this.#heartbeat = new Heartbeat(
      settings.heartbeat,
      this.#feed,
      () => this.#subscribers.of(everyone),
      settings.clock,
    );
    this.#publisher = new Publisher({
      log: this.#log,
      feed: this.#feed,
      settings,
      check: eventCheck(options.events),
      hooks,
      counters: this.#counters,
      elsewhere: (publication) => this.#cluster?.publish(publication),
      timeout: settings.publishTimeout === 0 || isMemoryLog(log) ? undefined : settings.publishTimeout,
    });
    this.#admission = new Admission(settings.limits, this.#subscribers);
    this.#connectionContext = {
      readers: { log: this.#log, window: this.#window, feed: this.#feed, settings },
      subscribers: this.#subscribers,
      connections: this.#connections,
      presence: this.#presence,
      heartbeat: this.#heartbeat,
      hooks,
      counters: this.#counters,
      deadlines: new Deadlines(settings.clock, ({ connection, reason }) =>
        connection.end(reason, this.#jittered(settings.retry)),
      ),
    };
    // Null is a decision, undefined is none.
    const bus = options.bus === undefined ? log.bus : (options.bus ?? undefined);
    this.#cluster = bus && this.#joinCluster(bus);
    this.#stopFollowing = this.#log.follow(this.#feed);
    try {
      this.#cluster?.start();
    } catch (error) {
      this.#stopFollowing();
      throw error;
    }
  }

  /**
   * Publishes to every connection.
   *
   * @returns the event's id, once the log has it; `""` for an ephemeral event.
   * @throws {SseError} (as a rejection, also reported to `error`) `reserved`, `invalid-field`, `unserializable`, `too-large`, `closed`, and what the log
   * rejects with. Nobody has to await it.
   */
  broadcast(event: HubEvent<Events>, options: PublishOptions = {}): Promise<string> {
    return this.#publisher.publish(() => ({ kind: "everyone" }), event, options);
  }

  /** Publishes to the connections that follow at least one of the topics, to each once. Otherwise as {@link broadcast}. */
  publish(
    topics: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = {},
  ): Promise<string> {
    return this.#publisher.publish(
      () => ({ kind: "topics", topics: requireNames("topic", topics) }),
      event,
      options,
    );
  }

  /**
   * Publishes to every connection of the users, to each once. It is no mailbox: a user who is not connected finds it only by resuming
   * from an earlier position, or by `replay`. Otherwise as {@link broadcast}.
   */
  sendTo(
    users: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = {},
  ): Promise<string> {
    return this.#publisher.publish(
      () => ({ kind: "users", users: requireNames("user", users) }),
      event,
      options,
    );
  }

  /**
   * Checks an event as publishing it would, and publishes nothing.
   *
   * @throws {SseError} (as a rejection) as {@link broadcast}.
   */
  validate(event: HubEvent<Events>): Promise<void> {
    return this.#publisher.validate(event);
  }

  /**
   * Joins a client to the hub. The stream gets what its subscription matches: first what it missed, then what is published, in one order
   * and without a break. Over a limit, or while the hub is closing, the client is refused, by default softly: the connection that is returned
   * is closed then.
   *
   * @throws {SseError} `attached` if a hub has the stream already, `invalid-option` for a bad subscription or for a stream whose id another
   * connection has, `refused` if `limits.refusal` is `status`. Nothing has been written then.
   */
  connect(stream: EventStream, subscription: Subscription = {}): HubConnection {
    this.#assertUnused(stream);
    const identity = identityOf(subscription, this.#settings.clock.now());
    const opening = this.#openingOf(subscription, stream.lastEventId);
    const refusal = this.#refusalOf(identity);
    if (refusal !== undefined) return this.#refuse(stream, identity, refusal);
    const connection = new Connection(stream, identity, this.#connectionContext);
    connection.open(opening);
    return connection;
  }

  /**
   * A position at or before the head: everything published later comes after it. Take it, render a page with the state of this
   * moment, and let the page connect from it.
   *
   * @throws {SseError} `log-unavailable` while the hub has not reached its log for the first time.
   */
  position(): Position {
    if (this.#window.head !== "") return this.#window.head;
    throw new SseError("log-unavailable", "the hub has not reached its log yet; try again in a moment");
  }

  /** Everyone who is connected to this instance. */
  connections(): HubConnection[] {
    return [...this.#connections.values()];
  }

  /** The connection to this instance with an id, such as a client was told in `sse:live`. */
  connection(id: string): HubConnection | undefined {
    return this.#connections.get(id);
  }

  /**
   * The connection with an id, on whichever instance it is. One that is not here is asked for: its instance answers at once, and after two seconds nobody has it.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if the others cannot be asked; `overloaded` if a thousand questions wait already.
   */
  async findConnection(id: string): Promise<FoundConnection | undefined> {
    return this.#connections.get(id) ?? this.#cluster?.find(id);
  }

  /**
   * Changes the topics of a connection that {@link findConnection} found, on whichever instance it is: all of them, or nothing. When it resolves, what is published from then on
   * follows the new ones.
   *
   * @throws {SseError} (as a rejection) `invalid-option` for a bad topic or bound; `log-unavailable` if the connection's instance does not answer within two seconds: the change may
   * have been made, and may be repeated; `overloaded` as for finding it.
   */
  async changeTopics(connection: FoundConnection, change: TopicChange): Promise<TopicChangeResult> {
    const checked = requireTopicChange(change);
    const here = this.#connections.get(connection.id);
    if (here === connection) return changeTopicsOf(here, checked);
    const asked = connection instanceof RemoteConnection && this.#cluster?.changeTopics(connection, checked);
    return asked || { refusal: "ended" };
  }

  /** How many connections there are, or follow a topic. */
  connectionCount(topic?: string, scope: PresenceScope = {}): number {
    const here = this.#own.connections(topic);
    return isInstance(scope) ? here : here + (this.#cluster?.connectionsElsewhere(topic) ?? 0);
  }

  /** The users who are here, or follow a topic; each once, whatever the number of connections. */
  users(topic?: string, scope: PresenceScope = {}): string[] {
    return isInstance(scope) ? this.#presence.usersHere(topic) : this.#presence.users(topic);
  }

  /** Whether a user has a connection, or is in the grace period after the last one. */
  isOnline(user: string, scope: PresenceScope = {}): boolean {
    return isInstance(scope) ? this.#presence.hasHere(user) : this.#presence.has(user);
  }

  /** The topics that somebody follows. */
  topics(scope: PresenceScope = {}): string[] {
    const here = this.#own.topics();
    return isInstance(scope)
      ? [...here]
      : [...new Set([...here, ...(this.#cluster?.topicsElsewhere() ?? [])])];
  }

  /**
   * Ends a user's connections, or one connection by its id, on all instances. Returns how many were ended on this one; what is elsewhere ends as soon as the bus
   * has told it, or not at all if it cannot, which is reported to `error`. Clients that may come back will.
   *
   * @throws {SseError} `invalid-option` for a bad `retry`.
   */
  disconnect(target: DisconnectTarget, { retry }: DisconnectOptions = {}): number {
    if (retry !== undefined) requireAtLeast(0, "retry", retry);
    const ended = this.#disconnectHere(target, retry);
    const mayBeElsewhere = "user" in target || ended === 0;
    if (mayBeElsewhere) this.#cluster?.disconnect(target, retry);
    return ended;
  }

  /** What this instance has done and what it holds. */
  stats(): HubStats {
    const connections = [...this.#connections.values()];
    return {
      connections: connections.length,
      users: this.#presence.countHere,
      topics: [...this.#own.topics()].length,
      lagging: connections.filter(({ state }) => state === "catching-up").length,
      instances: this.#cluster?.instances ?? 1,
      windowEvents: this.#window.size,
      windowBytes: this.#window.bytes,
      ...this.#counters,
      gaps: { ...this.#counters.gaps },
    };
  }

  /** Calls the listener whenever it happens. Returns a function that removes it. */
  on<Name extends keyof HubHooks>(name: Name, listener: (payload: HubHooks[Name]) => void): () => void {
    return this.#hooks.on(name, listener);
  }

  /**
   * Refuses new connections, ends those that are open, and resolves when all have closed. Until then publishing works. A log or a bus that was
   * passed in stays open. Calling it again gives the same promise.
   *
   * @throws {SseError} `invalid-option` for a bad `drain`; nothing is closed then.
   */
  close({ drain = 0 }: CloseOptions = {}): Promise<void> {
    requireDuration("drain", drain);
    if (this.#closing === undefined) {
      this.#drainedAt = this.#settings.clock.now() + drain;
      // In a turn of its own, so that whoever is told of the first connection's end finds the hub closing.
      this.#closing = Promise.resolve().then(() => this.#shutDown(drain));
    }
    return this.#closing;
  }

  /** The same stream once more is another mistake, which the stream itself tells. */
  #assertUnused(stream: EventStream): void {
    const connection = this.#connections.get(stream.id);
    if (connection === undefined || connection.serves(stream)) return;
    throw new SseError(
      "invalid-option",
      "another connection has this stream's id: give each stream its own",
      {
        field: "id",
      },
    );
  }

  #joinCluster(bus: HubBus): Cluster {
    const { clock, cluster } = this.#settings;
    return new Cluster({
      bus,
      clock,
      options: cluster,
      own: this.#own,
      connections: this.#connections,
      presence: this.#presence,
      listener: {
        event: (publication) => this.#publisher.deliver(publication),
        disconnect: (target, retry) => this.#disconnectHere(target, retry),
        error: (error) => this.#hooks.report(error),
      },
    });
  }

  #refusalOf({ user }: Identity): RefusalReason | undefined {
    if (this.#closing !== undefined) return "closing";
    return this.#watchedLog?.isDown ? "log-unavailable" : this.#admission.refusal(user);
  }

  #disconnectHere(target: DisconnectTarget, retry: number | undefined): number {
    const matching =
      "user" in target
        ? [...this.#connections.values()].filter(({ user }) => user === target.user)
        : [this.#connections.get(target.connection)].filter((connection) => connection !== undefined);
    for (const connection of matching) connection.end("server", retry);
    return matching.length;
  }

  #openingOf(subscription: Subscription, requested: string): Opening {
    const { clock, retry, maxConnectionAge } = this.#settings;
    const endings: Opening["endings"][number][] = [];
    if (subscription.expires !== undefined)
      endings.push({ at: timeOf(subscription.expires), reason: "expired" });
    if (maxConnectionAge > 0) {
      endings.push({ at: clock.now() + maxConnectionAge * (0.8 + clock.random() / 5), reason: "aged" });
    }
    return { start: startOf(subscription, requested), retry: this.#jittered(retry), endings };
  }

  #refuse(stream: EventStream, identity: Identity, reason: RefusalReason): HubConnection {
    const retry = this.#refusalRetry();
    this.#counters.refused += 1;
    this.#hooks.emit("refused", { user: identity.user, reason });
    if (this.#settings.limits.refusal === "status") {
      throw refuse(503, { headers: { "Retry-After": String(Math.ceil(retry / 1_000)) } });
    }
    const connection = new Connection(stream, identity, this.#connectionContext);
    if (this.#refusals >= mostRefusals) {
      connection.destroy();
      return connection;
    }
    this.#refusals += 1;
    void connection.done.then(() => {
      this.#refusals -= 1;
    });
    connection.refuse(reason, retry);
    return connection;
  }

  async #shutDown(drain: number): Promise<void> {
    const { clock, retry } = this.#settings;
    const connections = [...this.#connections.values()];
    const allClosed = Promise.all(connections.map(({ done }) => done)).then(() => {});
    const sleep = new Sleep(clock);
    for (let ended = 0; ended < connections.length; ) {
      const step = Math.min(Math.max(drain / connections.length, drainStep), this.#restOfDrain);
      // Not beyond the moment at which everyone has left.
      if (drain > 0 && !(await sleep.orUntil(allClosed, step))) break;
      const left = this.#restOfDrain;
      const due = drain === 0 ? connections.length : Math.ceil(connections.length * (1 - left / drain));
      for (; ended < due; ended += 1) connections[ended]?.retire(this.#jittered(retry));
    }
    await allClosed;
    // Before publishing ends, so that a listener may still say who left.
    this.#presence.close();
    this.#publisher.close();
    this.#stopFollowing();
    this.#watchedLog?.stopWatching();
    this.#feed.flush();
    await this.#cluster?.close();
    if (this.#ownsLog) await this.#log.close();
  }

  /** A time in milliseconds with up to a half added, so that clients do not act all at once. */
  #jittered(milliseconds: number): number {
    return Math.round(milliseconds * (1 + this.#settings.clock.random() / 2));
  }

  /** Long enough that a refused client does not come back before the drain is over. */
  #refusalRetry(): number {
    const { least, most } = refusalRetry;
    return Math.round(this.#restOfDrain + least + this.#settings.clock.random() * (most - least));
  }

  /** Milliseconds until the drain is over. */
  get #restOfDrain(): number {
    return Math.max(0, this.#drainedAt - this.#settings.clock.now());
  }
}

function isInstance({ scope = "hub" }: PresenceScope): boolean {
  return requireOneOf(["hub", "instance"], "scope", scope) === "instance";
}

function topicsOf({ topics = [] }: Subscription): Set<string> {
  return new Set(
    (typeof topics === "string" ? [topics] : [...topics]).map((topic) => requireName("topic", topic)),
  );
}

/** @throws {SseError} `invalid-option` for a bad topic or user. */
function identityOf(subscription: Subscription, connectedAt: number): Identity {
  const { user, metadata } = subscription;
  return {
    topics: topicsOf(subscription),
    user: user === undefined ? undefined : requireName("user", user),
    metadata,
    connectedAt,
  };
}

/** Where a connection begins: what the client has seen counts more than what the application offers. */
function startOf({ lastEventId, replay }: Subscription, requested: string): ReadStart | undefined {
  if (replay !== undefined) requireAtLeast(0, "replay.last", replay.last);
  const position = lastEventId ?? requested;
  if (position !== "") return position;
  return replay === undefined || replay.last === 0 ? undefined : { last: replay.last };
}

function timeOf(expires: Date): number {
  const time = expires.getTime();
  if (Number.isFinite(time)) return time;
  throw new SseError("invalid-option", "expires must be a valid Date", { field: "expires" });
}
