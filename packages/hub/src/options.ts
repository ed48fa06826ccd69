import { SseError } from "@sse/core";
import { type HubClock, systemClock } from "./clock.js";
import type { EventLog } from "./log.js";

/** How a hub behaves. Every option has a default; durations are milliseconds. */
export interface HubOptions {
  /**
   * Where events are kept and ordered. Default: a memory log with default bounds, which the hub closes when it is closed; a log that is
   * passed in stays open, so that it may outlive the hub.
   */
  log?: EventLog;
  /** What keeps idle connections open and tells the client that the server is there. */
  heartbeat?: HeartbeatOptions;
  /**
   * The reconnection time told to each client on connect. What is sent lies between this and one and a half times this, so that clients do not
   * come back all at once. Default 2,000.
   */
  retry?: number;
  /**
   * How long published events may wait to be written together. 0 writes at the end of the tick. A burst larger than `slowReader.highWaterMark` is
   * written sooner. Default 0.
   */
  flushInterval?: number;
  /** The recent entries that the hub keeps in memory for readers that fell behind a little. Never more than the log holds for certain. */
  window?: WindowOptions;
  /** What happens to clients that read slower than the hub writes. */
  slowReader?: SlowReaderOptions;
  /** What the hub refuses. */
  limits?: HubLimits;
  /** How long a user may be without a connection before `leave` is announced: a page that reloads does not leave. Default 0. */
  presenceGrace?: number;
  /** How `data` becomes text: `auto` sends strings verbatim, bytes as base64 and the rest as JSON; `json` sends all as JSON. Default `auto`. */
  serialize?: "auto" | "json";
  /** Time and chance, for tests. Default: the runtime's. */
  clock?: HubClock;
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
  /** How long a connection may stay without taking what was written before it is destroyed. 0 means for ever. Default 30,000. */
  stallTimeout?: number;
  /** Most bytes in one write of several events. Default 65,536. */
  highWaterMark?: number;
}

export interface HubLimits {
  /** Most bytes of an event's data and name, as UTF-8; at most 524,288. Default 262,144. */
  eventBytes?: number;
}

/** Options with the defaults filled in. */
export interface HubSettings {
  readonly heartbeat: Required<HeartbeatOptions>;
  readonly retry: number;
  readonly flushInterval: number;
  readonly window: Required<WindowOptions>;
  readonly slowReader: Required<SlowReaderOptions>;
  readonly limits: Required<HubLimits>;
  readonly presenceGrace: number;
  readonly serialize: "auto" | "json";
  readonly clock: HubClock;
}

/** One event must fit below the hard limit of what may be queued for a connection. */
const largestEventLimit = 524_288;

/** @throws {SseError} `invalid-option` for a value out of its range. */
export function resolveOptions(options: HubOptions): HubSettings {
  const { heartbeat = {}, window = {}, slowReader = {}, limits = {} } = options;
  const eventBytes = atLeast(1, "limits.eventBytes", limits.eventBytes ?? 262_144);
  if (eventBytes > largestEventLimit)
    throw outOfRange("limits.eventBytes", `at most ${largestEventLimit}`, eventBytes);
  return {
    heartbeat: {
      interval: duration("heartbeat.interval", heartbeat.interval ?? 15_000),
      kind: oneOf(["comment", "event"], "heartbeat.kind", heartbeat.kind ?? "comment"),
      padding: atLeast(0, "heartbeat.padding", heartbeat.padding ?? 0),
    },
    retry: duration("retry", options.retry ?? 2_000),
    flushInterval: duration("flushInterval", options.flushInterval ?? 0),
    window: {
      maxEvents: atLeast(1, "window.maxEvents", window.maxEvents ?? 1_000),
      maxBytes: atLeast(1, "window.maxBytes", window.maxBytes ?? 4 * 1024 * 1024),
    },
    slowReader: {
      stallTimeout: duration("slowReader.stallTimeout", slowReader.stallTimeout ?? 30_000),
      highWaterMark: atLeast(1, "slowReader.highWaterMark", slowReader.highWaterMark ?? 65_536),
    },
    limits: { eventBytes },
    presenceGrace: duration("presenceGrace", options.presenceGrace ?? 0),
    serialize: oneOf(["auto", "json"], "serialize", options.serialize ?? "auto"),
    clock: options.clock ?? systemClock,
  };
}

/** Runtimes take a longer time for none at all. */
const longestDuration = 2 ** 31 - 1;

function duration(name: string, milliseconds: number): number {
  if (atLeast(0, name, milliseconds) <= longestDuration) return milliseconds;
  throw outOfRange(name, `at most ${longestDuration} milliseconds`, milliseconds);
}

/** Checks that an option is an integer of at least `least`. */
export function atLeast(least: number, name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw outOfRange(name, `an integer of at least ${least}`, value);
  return value;
}

function oneOf<T>(allowed: readonly T[], name: string, value: T): T {
  if (!allowed.includes(value))
    throw outOfRange(name, allowed.map((item) => `"${item}"`).join(" or "), value);
  return value;
}

function outOfRange(name: string, wanted: string, value: unknown): SseError {
  return new SseError("invalid-option", `${name} must be ${wanted}, not ${String(value)}`, { field: name });
}
