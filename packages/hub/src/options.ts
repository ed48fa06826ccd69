import type { ServerSentEvent } from "@sse/core";
import { outOfRange, requireAtLeast, requireDuration, requireOneOf } from "@sse/core/internal";
import { type HubClock, systemClock } from "./clock.js";
import type { EventSchemas } from "./event-schemas.js";
import type { GapReport } from "./hooks.js";
import type { HubBus } from "./log/bus.js";
import type { EventLog } from "./log/event-log.js";

/** How a hub behaves. Every option has a default; durations are milliseconds. */
export interface HubOptions<Events extends object = Record<string, unknown>> {
  /**
   * A schema for each event that may be published, by name, in any library that follows Standard Schema (https://standardschema.dev). The
   * payload types come from the schemas, what is published is validated, and `serialize` is `json`. Default: any event is taken as it is.
   */
  events?: EventSchemas<Events>;
  /**
   * Where events are kept and ordered. Default: a memory log with default bounds, which the hub closes when it is closed; a log that is
   * passed in stays open, so that it may outlive the hub.
   */
  log?: EventLog;
  /**
   * What connects the instances of the hub in several processes: ephemeral events, presence and `disconnect` reach all of them. A bus that is passed in stays open, so
   * that it may outlive the hub. All hubs on one bus are instances of one hub. `null`: none, this instance is by itself. Default: the log's own bus if it has one, else none.
   */
  bus?: HubBus | null;
  /** How the instances keep each other informed of who is where. Give all of them the same. Means nothing without a bus. */
  cluster?: ClusterOptions;
  /**
   * What new connections get while the log cannot be reached. `accept`: they stay open with heartbeats, and get everything once the log is back. `refuse`: they are
   * turned away as `limits.refusal` says, with the reason `log-unavailable`. Those that are open stay open. Default `accept`.
   */
  whenLogUnavailable?: "accept" | "refuse";
  /**
   * How long a publish waits for the log before it rejects with `append-timeout`; the event may be stored all the same. 0: as long as the log takes. A memory log
   * answers at once. Default 10,000.
   */
  publishTimeout?: number;
  /** What keeps idle connections open and tells the client that the server is there. */
  heartbeat?: HeartbeatOptions;
  /**
   * The reconnection time told to each client on connect. What is sent lies between this and one and a half times this, so that clients do not
   * come back all at once. Default 2,000.
   */
  retry?: number;
  /**
   * How long published events may wait to be written together. 0 writes at the end of the tick. A burst larger than `slowReader.maxBatchBytes` is
   * written sooner. Default 0.
   */
  flushInterval?: number;
  /** The recent entries that the hub keeps in memory for readers that fell behind a little. Never more than the log holds for certain. */
  window?: WindowOptions;
  /** What happens to clients that read slower than the hub writes. */
  slowReader?: SlowReaderOptions;
  /** What the hub refuses. */
  limits?: HubLimits;
  /**
   * How long a connection may last before it is ended, so that clients spread over new instances and rights are checked again. Each one ends at a random
   * moment in the last fifth of this time; its client comes back and resumes. 0 means for ever. Default 0.
   */
  maxConnectionAge?: number;
  /**
   * Called when a client is told of a gap. The events that it returns are written right after `sse:gap`, before the oldest entries that are still held: a
   * snapshot, for one. They have no `id`. Default: nothing.
   */
  onGap?: (gap: GapReport) => Iterable<Omit<ServerSentEvent, "id">> | undefined;
  /** How long a user may be without a connection before `leave` is announced: a page that reloads does not leave. Default 0. */
  presenceGrace?: number;
  /** How `data` becomes text: `auto` sends strings verbatim, bytes as base64 and the rest as JSON; `json` sends all as JSON. Default `auto`, or `json` if there are `events`. */
  serialize?: "auto" | "json";
  /** Time and chance, for tests. Default: the runtime's. */
  clock?: HubClock;
}

export interface ClusterOptions {
  /**
   * How late an instance may tell the others of a change: `users`, `isOnline`, `connectionCount` and `topics` are behind by this and the time of delivery. An instance that is
   * new, or missed something, is up to date after three times this. Default 1,000.
   */
  interval?: number;
  /**
   * After how long a silence an instance is forgotten, with everybody on it: it has died, or the link to it broke. At least three times the interval. Default 15,000.
   */
  timeout?: number;
}

/** Whom a question about presence is about. */
export interface PresenceScope {
  /**
   * `hub`: all instances; what is elsewhere is as old as {@link ClusterOptions} says. `instance`: this one, exactly. Without a bus they are the same. Default `hub`.
   */
  scope?: "hub" | "instance";
}

export interface HeartbeatOptions {
  /** Time between two heartbeats; only connections to which nothing was written in between get one. 0 turns them off. Default 15,000. */
  interval?: number;
  /** `comment` is invisible to an `EventSource`; `event` is an `sse:heartbeat` event with empty data. Default `comment`. */
  kind?: "comment" | "event";
  /** Bytes of filler in each heartbeat, for intermediaries that hold back small writes. Default 0. */
  padding?: number;
}

export interface WindowOptions {
  /** Most entries. Default 1,000. */
  maxEvents?: number;
  /** Most bytes as sent. Default 4 MiB. */
  maxBytes?: number;
}

export interface SlowReaderOptions {
  /**
   * What happens to a connection that is behind. `catch-up`: it gets everything from the log, as fast as it reads. `conflate`: likewise, but of
   * entries with the same audience and `conflateKey` in one page only the newest. `disconnect`: it is ended with a short `retry`; its client comes back and
   * resumes. Default `catch-up`.
   */
  policy?: SlowReaderPolicy;
  /** How long a connection may stay without taking what was written before it is destroyed. 0 means for ever. Default 60,000. */
  stallTimeout?: number;
  /** Most bytes in one write of several events. Default 65,536. */
  maxBatchBytes?: number;
}

export type SlowReaderPolicy = "catch-up" | "conflate" | "disconnect";

export interface HubLimits {
  /** Most bytes of an event's data and name, as UTF-8; at most 524,288. Default 262,144. */
  eventBytes?: number;
  /** Most connections of this instance. New ones above it are refused, old ones never ended. 0 means any number. Default 100,000. */
  connections?: number;
  /** Most connections of one user to this instance. 0 means any number. Default 1,000. */
  connectionsPerUser?: number;
  /** Most publishes that wait for the log at a time; one more rejects with `overloaded`. Default 10,000. */
  appendsInFlight?: number;
  /**
   * How a connection over a limit is refused. `soft`: a stream that says `sse:refused` and ends with a `retry` between 5 and 15 seconds, because an
   * `EventSource` gives up for ever after an error status. `status`: 503 with `Retry-After`, for clients that go on trying. Default `soft`.
   */
  refusal?: "soft" | "status";
}

/** Options with the defaults filled in. */
export interface HubSettings {
  readonly cluster: Required<ClusterOptions>;
  readonly whenLogUnavailable: "accept" | "refuse";
  readonly publishTimeout: number;
  readonly heartbeat: Required<HeartbeatOptions>;
  readonly retry: number;
  readonly flushInterval: number;
  readonly window: Required<WindowOptions>;
  readonly slowReader: Required<SlowReaderOptions>;
  readonly limits: Required<HubLimits>;
  readonly maxConnectionAge: number;
  readonly onGap: NonNullable<HubOptions["onGap"]>;
  readonly presenceGrace: number;
  readonly serialize: "auto" | "json";
  readonly clock: HubClock;
}

/** One event must fit below the hard limit of what may be queued for a connection. */
const largestEventLimit = 524_288;

/** @throws {SseError} `invalid-option` for a value out of its range. */
export function resolveOptions<Events extends object>(options: HubOptions<Events>): HubSettings {
  const { heartbeat = {}, window = {}, slowReader = {}, limits = {} } = options;
  const eventBytes = requireAtLeast(1, "limits.eventBytes", limits.eventBytes ?? 262_144);
  if (eventBytes > largestEventLimit)
    throw outOfRange("limits.eventBytes", `at most ${largestEventLimit}`, eventBytes);
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
      appendsInFlight: requireAtLeast(1, "limits.appendsInFlight", limits.appendsInFlight ?? 10_000),
      refusal: requireOneOf(["soft", "status"], "limits.refusal", limits.refusal ?? "soft"),
    },
    // Deadlines are looked at every second, so a longer time than a timer takes will do.
    maxConnectionAge: requireAtLeast(0, "maxConnectionAge", options.maxConnectionAge ?? 0),
    onGap: options.onGap ?? (() => undefined),
    presenceGrace: requireDuration("presenceGrace", options.presenceGrace ?? 0),
    serialize: requireOneOf(
      ["auto", "json"],
      "serialize",
      options.serialize ?? (options.events === undefined ? "auto" : "json"),
    ),
    clock: options.clock ?? systemClock,
  };
}

function clusterOptions({
  interval = 1_000,
  timeout = 15_000,
}: ClusterOptions = {}): Required<ClusterOptions> {
  requireAtLeast(1, "cluster.interval", requireDuration("cluster.interval", interval));
  requireAtLeast(3 * interval, "cluster.timeout", requireDuration("cluster.timeout", timeout));
  return { interval, timeout };
}
