import { outOfRange, requireAtLeast, requireDuration, requireOneOf } from "@sse/core/internal";
import { type HubClock, systemClock } from "./clock.js";
import { notAFunction, notAn } from "./errors.js";
import type { EventSchemas } from "./event-schemas.js";
import type { GapReport } from "./hooks.js";
import type { HubBus } from "./log/bus.js";
import type { EventLog } from "./log/event-log.js";
import type { ConnectionEvent } from "./subscription.js";
import { isRecord } from "./validate.js";

/** Options of {@link createHub}. Every option has a default; durations are milliseconds. */
export interface HubOptions<Events extends object = Record<string, unknown>, Metadata = unknown> {
  /**
   * A schema for each event that may be published, by name, in any library that follows Standard
   * Schema (https://standardschema.dev). The payload types are those of the schemas, what is
   * published is validated, and `serialize` is `json`. Default: any event is accepted.
   */
  events?: EventSchemas<Events> | undefined;
  /**
   * Stores and orders the events. Default: a memory log with default bounds, which the hub closes
   * when it is closed. A log that is passed in stays open, so that it may outlive the hub.
   */
  log?: EventLog | undefined;
  /**
   * Connects the instances of the hub in several processes: ephemeral events, presence and
   * `disconnect` reach all of them. All hubs on one bus are instances of one hub. A bus that is
   * passed in stays open, so that it may outlive the hub. `null`: none, this is the only instance.
   * Default: the log's own bus if it has one, else none.
   */
  bus?: HubBus | null | undefined;
  /**
   * The exchange of presence between the instances. Use the same on all. Without a bus it has no
   * effect.
   */
  cluster?: ClusterOptions | undefined;
  /**
   * The service of new connections while the log cannot be reached. `accept`: they stay open with
   * heartbeats, and receive everything once the log is back. `refuse`: they are refused as
   * `limits.refusal` says, with the reason `log-unavailable`. Open connections stay open. Default
   * `accept`.
   */
  whenLogUnavailable?: "accept" | "refuse" | undefined;
  /**
   * The time that a publish waits for the log before it rejects with `append-timeout`; the event
   * may be stored all the same. 0: no limit. A memory log responds at once. Default 10,000.
   */
  publishTimeout?: number | undefined;
  /** Heartbeats keep idle connections open, and show the client that the server is alive. */
  heartbeat?: HeartbeatOptions | undefined;
  /**
   * The reconnection time that each client is sent on connect. Up to a half is added at random, so
   * that clients do not reconnect all at once. Default 2,000.
   */
  retry?: number | undefined;
  /**
   * The time that published events may wait to share a write. 0 writes at the end of the tick. A
   * burst larger than `slowReader.maxBatchBytes` is written sooner. Default 0.
   */
  flushInterval?: number | undefined;
  /**
   * The recent entries in memory for readers that are a little behind. Never more than the log
   * certainly holds.
   */
  window?: WindowOptions | undefined;
  /** The service of clients that read slower than the hub writes. */
  slowReader?: SlowReaderOptions | undefined;
  /** Bounds above which the hub refuses. */
  limits?: HubLimits | undefined;
  /**
   * The time that a connection may last, so that clients spread over new instances and rights are
   * checked again. Each one ends at a random moment in the last fifth of this time; its client
   * reconnects and resumes. 0: no limit. Default 0.
   */
  maxConnectionAge?: number | undefined;
  /**
   * Called when a client is sent `sse:gap`. The events that it returns or resolves to, a snapshot
   * for example, are written right after it, before the oldest entries that are still held: these
   * wait meanwhile. They have no `id`. Default: none.
   */
  onGap?: ((gap: GapReport<Metadata>) => GapEvents | Promise<GapEvents>) | undefined;
  /**
   * The time that a user may be without a connection before `leave` is reported: a page that
   * reloads does not leave. Default 0.
   */
  presenceGrace?: number | undefined;
  /**
   * The serialization of `data`. `auto`: strings verbatim, bytes as base64, the rest as JSON.
   * `json`: everything as JSON. Default `auto`, or `json` if there are `events`.
   */
  serialize?: "auto" | "json" | undefined;
  /** Time and random numbers, for tests. Default: the runtime's. */
  clock?: HubClock | undefined;
}

/** The events that {@link HubOptions.onGap} adds. */
export type GapEvents = Iterable<ConnectionEvent> | undefined;

/** The exchange of presence between instances, see {@link HubOptions.cluster}. */
export interface ClusterOptions {
  /**
   * The time that an instance may wait before it reports a change to the others: `users`,
   * `isOnline`, `connectionCount` and `topics` are behind by this and the time of delivery. An
   * instance that is new, or missed a message, is up to date after three times this. Default 1,000.
   */
  interval?: number | undefined;
  /**
   * The time that an instance may be silent before it is forgotten, with all its users: it has
   * died, or the link to it broke. At least three times the interval. Default 15,000.
   */
  timeout?: number | undefined;
}

/** The instances that a question about presence is about. */
export interface PresenceScope {
  /**
   * `hub`: all instances; those elsewhere as {@link ClusterOptions} says. `instance`: this one,
   * exactly. Without a bus they are the same. Default `hub`.
   */
  scope?: "hub" | "instance" | undefined;
}

/** Heartbeats, see {@link HubOptions.heartbeat}. */
export interface HeartbeatOptions {
  /**
   * Time between two heartbeats. Only connections to which nothing was written in between receive
   * one. 0: none. Default 15,000.
   */
  interval?: number | undefined;
  /**
   * `comment` is invisible to an `EventSource`; `event` is an `sse:heartbeat` event with empty
   * data. Default `comment`.
   */
  kind?: "comment" | "event" | undefined;
  /**
   * Bytes of padding in each heartbeat, for intermediaries that hold back small writes. Default 0.
   */
  padding?: number | undefined;
}

/** Bounds of the window, see {@link HubOptions.window}. */
export interface WindowOptions {
  /** The maximum number of entries. Default 1,000. */
  maxEvents?: number | undefined;
  /** The maximum number of bytes, as sent. Default 4 MiB. */
  maxBytes?: number | undefined;
}

/** The service of slow clients, see {@link HubOptions.slowReader}. */
export interface SlowReaderOptions {
  /** The policy for connections that are behind. Default `catch-up`. */
  policy?: SlowReaderPolicy | undefined;
  /**
   * The time that a client may read nothing of what was written before it is disconnected. A
   * standstill of the process counts as a quarter of it at most. 0: no limit. Default 60,000.
   */
  stallTimeout?: number | undefined;
  /** The maximum number of bytes in one write of several events. Default 65,536. */
  maxBatchBytes?: number | undefined;
}

/**
 * The policy for a connection that is behind.
 *
 * - `catch-up`: it receives everything from the log, as fast as it reads.
 * - `conflate`: likewise, but of entries with the same audience and `conflateKey` in one page only
 *   the newest.
 * - `disconnect`: it is ended with a short `retry`; its client reconnects and resumes.
 */
export type SlowReaderPolicy = "catch-up" | "conflate" | "disconnect";

/** Bounds above which a hub refuses, see {@link HubOptions.limits}. */
export interface HubLimits {
  /**
   * The maximum number of bytes of an event's data and name, as UTF-8; at most 524,288. Default
   * 262,144.
   */
  eventBytes?: number | undefined;
  /**
   * The maximum number of connections to this instance. New ones are refused, open ones never
   * ended. 0: no limit. Default 100,000.
   */
  connections?: number | undefined;
  /** The maximum number of connections of one user to this instance. 0: no limit. Default 1,000. */
  connectionsPerUser?: number | undefined;
  /**
   * The maximum number of topics that a connection follows. A subscription with more is refused
   * with status 400, because the names may be the client's. 0: no limit. Default 1,000.
   */
  topicsPerConnection?: number | undefined;
  /** The maximum number of topics, or of users, of one publish. 0: no limit. Default 1,000. */
  topicsPerPublish?: number | undefined;
  /**
   * The maximum number of publishes that wait for the log; one more rejects with `overloaded`. None
   * waits for a memory log. Default 10,000.
   */
  appendsInFlight?: number | undefined;
  /**
   * The refusal of a connection over a limit. `soft`: a stream that ends with `sse:refused` and a
   * `retry` between 5 and 15 seconds, because an `EventSource` never reconnects after an error
   * status. `status`: 503 with `Retry-After`, for clients that do reconnect. Default `soft`.
   */
  refusal?: "soft" | "status" | undefined;
}

/** Options without `undefined`: the defaults are filled in. */
export type Resolved<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };

/** The options of a hub with the defaults filled in. */
export interface HubSettings {
  readonly cluster: Resolved<ClusterOptions>;
  readonly whenLogUnavailable: "accept" | "refuse";
  readonly publishTimeout: number;
  readonly heartbeat: Resolved<HeartbeatOptions>;
  readonly retry: number;
  readonly flushInterval: number;
  readonly window: Resolved<WindowOptions>;
  readonly slowReader: Resolved<SlowReaderOptions>;
  readonly limits: Resolved<HubLimits>;
  readonly maxConnectionAge: number;
  readonly onGap: NonNullable<HubOptions["onGap"]>;
  readonly presenceGrace: number;
  readonly serialize: "auto" | "json";
  readonly clock: HubClock;
}

/**
 * The maximum of `limits.eventBytes`: one event must fit below the hard limit of what a connection
 * may queue.
 */
const maxEventBytes = 524_288;

/**
 * Checks the options of a hub, and fills in the defaults.
 *
 * Over 40 lines: one line for each option, which says all that is to say about it.
 *
 * @throws {SseError} `invalid-option` for a value out of its range.
 */
export function resolveOptions<Events extends object, Metadata>(
  options: HubOptions<Events, Metadata>,
): HubSettings {
  requireMethod("a log", "log", options.log, "append");
  requireMethod("a bus", "bus", options.bus ?? undefined, "listen");
  for (const method of ["now", "monotonic", "setTimeout", "clearTimeout", "defer", "random"])
    requireMethod("a clock", "clock", options.clock, method);
  const { onGap = () => undefined, events } = options;
  if (typeof onGap !== "function") throw notAFunction("createHub", "onGap", onGap);
  if (events !== undefined && !isRecord(events)) throw notAn("schemas by event name", "events", events);
  const { heartbeat = {}, window = {}, slowReader = {}, limits = {} } = options;
  const eventBytes = requireAtLeast(1, "limits.eventBytes", limits.eventBytes ?? 262_144);
  if (eventBytes > maxEventBytes)
    throw outOfRange("limits.eventBytes", `at most ${maxEventBytes}`, eventBytes);
  return {
    cluster: clusterOptions(options.cluster),
    whenLogUnavailable: requireOneOf(
      ["accept", "refuse"],
      "whenLogUnavailable",
      options.whenLogUnavailable ?? "accept",
    ),
    publishTimeout: requireDuration("publishTimeout", options.publishTimeout ?? 10_000),
    heartbeat: {
      interval: requireDuration("heartbeat.interval", heartbeat.interval ?? 15_000),
      kind: requireOneOf(["comment", "event"], "heartbeat.kind", heartbeat.kind ?? "comment"),
      padding: requireAtLeast(0, "heartbeat.padding", heartbeat.padding ?? 0),
    },
    retry: requireDuration("retry", options.retry ?? 2_000),
    flushInterval: requireDuration("flushInterval", options.flushInterval ?? 0),
    window: {
      maxEvents: requireAtLeast(1, "window.maxEvents", window.maxEvents ?? 1_000),
      maxBytes: requireAtLeast(1, "window.maxBytes", window.maxBytes ?? 4 * 1024 * 1024),
    },
    slowReader: {
      stallTimeout: requireDuration("slowReader.stallTimeout", slowReader.stallTimeout ?? 60_000),
      policy: requireOneOf(
        ["catch-up", "conflate", "disconnect"],
        "slowReader.policy",
        slowReader.policy ?? "catch-up",
      ),
      maxBatchBytes: requireAtLeast(1, "slowReader.maxBatchBytes", slowReader.maxBatchBytes ?? 65_536),
    },
    limits: {
      eventBytes,
      connections: requireAtLeast(0, "limits.connections", limits.connections ?? 100_000),
      connectionsPerUser: requireAtLeast(0, "limits.connectionsPerUser", limits.connectionsPerUser ?? 1_000),
      topicsPerConnection: requireAtLeast(
        0,
        "limits.topicsPerConnection",
        limits.topicsPerConnection ?? 1_000,
      ),
      topicsPerPublish: requireAtLeast(0, "limits.topicsPerPublish", limits.topicsPerPublish ?? 1_000),
      appendsInFlight: requireAtLeast(1, "limits.appendsInFlight", limits.appendsInFlight ?? 10_000),
      refusal: requireOneOf(["soft", "status"], "limits.refusal", limits.refusal ?? "soft"),
    },
    // Not a duration: deadlines are checked every second, so it may exceed the maximum of a timer.
    maxConnectionAge: requireAtLeast(0, "maxConnectionAge", options.maxConnectionAge ?? 0),
    onGap: onGap as HubSettings["onGap"],
    presenceGrace: requireDuration("presenceGrace", options.presenceGrace ?? 0),
    serialize: requireOneOf(
      ["auto", "json"],
      "serialize",
      options.serialize ?? (options.events === undefined ? "auto" : "json"),
    ),
    clock: options.clock ?? systemClock,
  };
}

/**
 * Checks what an application passes instead of a part of the hub: `createMemoryLog` without a call,
 * for one.
 */
function requireMethod(kind: string, field: string, value: unknown, method: string): void {
  if (value === undefined) return;
  if (typeof Object(value)[method] !== "function") throw notAn(kind, field, value);
}

function clusterOptions({
  interval = 1_000,
  timeout = 15_000,
}: ClusterOptions = {}): Resolved<ClusterOptions> {
  requireAtLeast(1, "cluster.interval", requireDuration("cluster.interval", interval));
  requireAtLeast(3 * interval, "cluster.timeout", requireDuration("cluster.timeout", timeout));
  return { interval, timeout };
}
