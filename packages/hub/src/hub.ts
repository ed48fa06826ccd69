import { type EventStream, SseError } from "@sse/core";
import { Connection, type ConnectionContext, type Identity } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Feed } from "./feed.js";
import { ephemeralFrame } from "./frames.js";
import { Heartbeat } from "./heartbeat.js";
import type { Audience, HubHooks } from "./hooks.js";
import { type EventLog, everyone, type Position, type ReadStart, topicChannel } from "./log.js";
import { createMemoryLog } from "./memory-log.js";
import { requireName, requireNames } from "./names.js";
import { atLeast, type HubOptions, type HubSettings, resolveOptions } from "./options.js";
import { Pause } from "./pause.js";
import { Presence } from "./presence.js";
import { type HubEvent, type Publication, type PublishOptions, preparePublication } from "./publication.js";
import type { Reader } from "./reader.js";
import { Counters, type HubStats } from "./stats.js";
import { Subscribers } from "./subscribers.js";
import type { HubConnection, Subscription } from "./subscription.js";
import { EventWindow } from "./window.js";

/** Retry of a soft refusal in milliseconds: clients come back somewhere between these. */
const refusalRetry = { least: 5_000, most: 15_000 };

/**
 * Makes a hub. `Events` maps event names to payload types, so that a wrong payload does not compile.
 *
 * @throws {SseError} `invalid-option` for an option out of its range.
 */
export function createHub<Events extends object = Record<string, unknown>>(
  options: HubOptions = {},
): Hub<Events> {
  return new Hub(options);
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
  readonly #window: EventWindow;
  readonly #feed: Feed;
  readonly #subscribers = new Subscribers<Reader>();
  readonly #connections = new Map<string, Connection>();
  readonly #presence: Presence;
  readonly #heartbeat: Heartbeat;
  readonly #hooks = new Emitter();
  readonly #counters = new Counters();
  readonly #connectionContext: ConnectionContext;
  readonly #stopFollowing: () => void;
  #closing: Promise<void> | undefined;
  /** When the drain that is under way will be over, by the clock. */
  #drainedAt = 0;
  #closed = false;

  /** Use {@link createHub}. */
  constructor(options: HubOptions) {
    const settings = resolveOptions(options);
    const hooks = this.#hooks;
    this.#settings = settings;
    this.#ownsLog = options.log === undefined;
    this.#log = options.log ?? createMemoryLog();
    this.#window = new EventWindow(this.#log, settings.window, () => settings.clock.now());
    this.#presence = new Presence(settings.presenceGrace, settings.clock, {
      join: (user, topic) => hooks.emit("join", { user, topic }),
      leave: (user, topic) => hooks.emit("leave", { user, topic }),
    });
    this.#feed = new Feed(this.#window, this.#subscribers, settings, {
      delivered: (report) => {
        this.#counters.writes += report.connections;
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
    this.#connectionContext = {
      readers: { log: this.#log, window: this.#window, feed: this.#feed, settings },
      subscribers: this.#subscribers,
      connections: this.#connections,
      presence: this.#presence,
      heartbeat: this.#heartbeat,
      hooks,
      counters: this.#counters,
    };
    this.#stopFollowing = this.#log.follow(this.#feed);
  }

  /**
   * Publishes to every connection.
   *
   * @returns the event's id, once the log has it; `""` for an ephemeral event.
   * @throws {SseError} (as a rejection, also reported to `error`) `reserved`, `invalid-field`, `unserializable`, `too-large`, `closed`, and what the log
   * rejects with. Nobody has to await it.
   */
  broadcast(event: HubEvent<Events>, options: PublishOptions = {}): Promise<string> {
    return this.#publish(() => ({ kind: "everyone" }), event, options);
  }

  /** Publishes to the connections that follow at least one of the topics, to each once. Otherwise as {@link broadcast}. */
  publish(
    topics: string | readonly string[],
    event: HubEvent<Events>,
    options: PublishOptions = {},
  ): Promise<string> {
    return this.#publish(() => ({ kind: "topics", topics: requireNames("topic", topics) }), event, options);
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
    return this.#publish(() => ({ kind: "users", users: requireNames("user", users) }), event, options);
  }

  /**
   * Joins a client to the hub. The stream gets what its subscription matches: first what it missed, then what is published, in one order
   * and without a break. A hub that is closing refuses it softly.
   *
   * @throws {SseError} `attached` if a hub has the stream already, `invalid-option` for a bad topic, user or count, or for a stream whose id
   * another connection has.
   */
  connect(stream: EventStream, subscription: Subscription = {}): HubConnection {
    const { user, metadata, replay } = subscription;
    const identity: Identity = {
      topics: topicsOf(subscription),
      user: user === undefined ? undefined : requireName("user", user),
      metadata,
      connectedAt: new Date(this.#settings.clock.now()),
    };
    if (replay !== undefined) atLeast(0, "replay.last", replay.last);
    this.#assertUnused(stream);
    const connection = new Connection(stream, identity, this.#connectionContext);
    if (this.#closing === undefined) {
      connection.open(startOf(subscription, stream.lastEventId), this.#jittered(this.#settings.retry));
    } else {
      connection.refuse("closing", this.#refusalRetry());
    }
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

  /** Everyone who is connected. */
  connections(): HubConnection[] {
    return [...this.#connections.values()];
  }

  /** How many connections there are, or follow a topic. */
  connectionCount(topic?: string): number {
    return this.#subscribers.of(topic === undefined ? everyone : topicChannel(topic)).size;
  }

  /** The users who are here, or follow a topic; each once, whatever the number of connections. */
  users(topic?: string): string[] {
    return this.#presence.users(topic);
  }

  /** Whether a user has a connection, or is in the grace period after the last one. */
  isOnline(user: string): boolean {
    return this.#presence.has(user);
  }

  /**
   * Ends a user's connections, or one connection by its id. Returns how many there were. Clients that may come back will.
   *
   * @throws {SseError} `invalid-option` for a bad `retry`.
   */
  disconnect(target: { user: string } | { connection: string }, { retry }: DisconnectOptions = {}): number {
    if (retry !== undefined) atLeast(0, "retry", retry);
    const matching =
      "user" in target
        ? [...this.#connections.values()].filter(({ user }) => user === target.user)
        : [this.#connections.get(target.connection)].filter((connection) => connection !== undefined);
    for (const connection of matching) {
      if (retry === undefined) connection.close();
      else connection.retire(retry);
    }
    return matching.length;
  }

  /** What the hub has done and what it holds. */
  stats(): HubStats {
    const { published, failed, writes, bytes, dropped, gaps } = this.#counters;
    const connections = [...this.#connections.values()];
    return {
      connections: connections.length,
      users: this.#presence.count,
      topics: [...this.#subscribers.channels()].filter((channel) => channel.startsWith("topic:")).length,
      lagging: connections.filter(({ state }) => state === "catching-up").length,
      window: { events: this.#window.size, bytes: this.#window.bytes },
      published,
      failed,
      delivered: { writes, bytes },
      dropped,
      gaps: { ...gaps },
    };
  }

  /** Calls the listener whenever it happens. Returns a function that removes it. */
  on<Name extends keyof HubHooks>(name: Name, listener: (payload: HubHooks[Name]) => void): () => void {
    return this.#hooks.on(name, listener);
  }

  /**
   * Refuses new connections, ends those that are open, and resolves when all have closed. Until then publishing works. A log that was passed
   * in stays open. Calling it again gives the same promise.
   */
  close({ drain = 0 }: CloseOptions = {}): Promise<void> {
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

  /** Rejections are reported as well, because nobody has to await a publish. */
  #publish(
    audience: () => Audience,
    event: { event?: string; data?: unknown },
    options: PublishOptions,
  ): Promise<string> {
    const id = this.#prepareAndSend(audience, event, options);
    id.catch((error: unknown) => {
      this.#counters.failed += 1;
      this.#hooks.report(error);
    });
    return id;
  }

  async #prepareAndSend(
    audience: () => Audience,
    event: { event?: string; data?: unknown },
    options: PublishOptions,
  ): Promise<string> {
    if (this.#closed) throw new SseError("closed", "the hub has been closed; nothing was published");
    const to = audience();
    const publication = preparePublication(to, event, this.#settings);
    const id = options.ephemeral
      ? this.#sendEphemeral(publication)
      : await this.#append(publication, options);
    this.#counters.published += 1;
    this.#hooks.emit("publish", {
      id,
      audience: to,
      event: publication.event ?? "message",
      data: publication.data,
    });
    return id;
  }

  #sendEphemeral({ channels, event, data }: Publication): string {
    const bytes = ephemeralFrame(event, data);
    this.#feed.ephemeral({ channels, bytes, event: event ?? "message", position: undefined });
    return "";
  }

  #append(
    { channels, event, data }: Publication,
    { conflateKey, idempotencyKey, signal }: PublishOptions,
  ): Promise<Position> {
    return this.#log.append(
      { channels, data, ...present({ event, conflateKey }) },
      present({ idempotencyKey, signal }),
    );
  }

  async #shutDown(drain: number): Promise<void> {
    const { clock, retry } = this.#settings;
    const connections = [...this.#connections.values()];
    const allClosed = Promise.all(connections.map(({ done }) => done)).then(() => {});
    const pause = new Pause(clock);
    for (const connection of connections) {
      // Not beyond the moment at which everyone has left.
      if (drain > 0 && !(await pause.unless(allClosed, drain / connections.length))) break;
      connection.retire(this.#jittered(retry));
    }
    await allClosed;
    // Before publishing ends, so that a listener may still say who left.
    this.#presence.close();
    this.#closed = true;
    this.#stopFollowing();
    this.#feed.flush();
    if (this.#ownsLog) await this.#log.close();
  }

  /** A time in milliseconds with up to a half added, so that clients do not act all at once. */
  #jittered(milliseconds: number): number {
    return Math.round(milliseconds * (1 + this.#settings.clock.random() / 2));
  }

  /** Long enough that a refused client does not come back before the drain is over. */
  #refusalRetry(): number {
    const { least, most } = refusalRetry;
    const { clock } = this.#settings;
    const restOfDrain = Math.max(0, this.#drainedAt - clock.now());
    return Math.round(restOfDrain + least + clock.random() * (most - least));
  }
}

function topicsOf({ topics = [] }: Subscription): Set<string> {
  return new Set(
    (typeof topics === "string" ? [topics] : [...topics]).map((topic) => requireName("topic", topic)),
  );
}

/** Where a connection begins: what the client has seen counts more than what the application offers. */
function startOf({ lastEventId, replay }: Subscription, requested: string): ReadStart | undefined {
  const position = lastEventId ?? requested;
  if (position !== "") return position;
  return replay === undefined || replay.last === 0 ? undefined : { last: replay.last };
}

/** The properties that are not `undefined`. */
function present<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as never;
}
