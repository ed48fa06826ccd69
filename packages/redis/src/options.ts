import { SseError } from "@sse/core";
import type { Channel } from "@sse/hub/log";
import { type RedisLogClock, systemClock } from "./clock.js";
import type { RedisClient } from "./load-driver.js";

/** How a Redis log is set up. Counts of 0 mean unlimited; durations are milliseconds. */
export interface RedisLogOptions {
  /**
   * A client of ioredis (`new Redis()`, also with Sentinel; `new Cluster()`) or of node-redis (`createClient`, `createCluster`, `createSentinel`). Its
   * options for the address, TLS and authentication are used to make the log's own connections; it is neither used nor closed itself, and need not be connected.
   * Either this or `url`.
   */
  client?: RedisClient;
  /** The address, such as `redis://localhost:6379` or `rediss://user:password@host`. It is opened with ioredis or redis, whichever is installed. */
  url?: string;
  /** Names the hub: instances with the same key are one hub. Every key in Redis begins with `{key}:`, so that in a Cluster they share a slot. No braces. */
  key: string;
  /** Most entries held in all. The oldest go first. Default 10,000. */
  maxEvents?: number;
  /** Most entries held for each topic, for each user, and for what is broadcast. Default 1,000. */
  maxEventsPerTopic?: number;
  /** Milliseconds after which an entry is no longer held, by the clock of Redis. Default 0. */
  maxAge?: number;
  /** Other bounds for some topics, by their names. An entry for several topics is held while one of them keeps it. Default: none. */
  topics?: Readonly<Record<string, TopicRetention>>;
  /**
   * Whether Redis keeps every acknowledged write, also when it crashes or fails over: a single server with `appendonly yes` and `appendfsync always`. If
   * not, each start of a Redis and each failover begins a new epoch: the log is emptied, and clients are told of a gap. Default false.
   */
  durable?: boolean;
  /** Milliseconds for which an idempotency key is remembered, at least 1. Default 120,000. */
  idempotencyWindow?: number;
  /**
   * Most milliseconds to wait for a connection, and then most for a reply, before the connection is given up. An append rejects after twice this time at the
   * latest. At least 10. Default 5,000.
   */
  commandTimeout?: number;
  /** Time and chance, for tests. Default: the runtime's. */
  clock?: RedisLogClock;
}

/** Bounds for one topic. What is absent is as for the others. */
export interface TopicRetention {
  /** Most entries held. */
  maxEvents?: number;
  /** Milliseconds after which an entry is no longer held. */
  maxAge?: number;
}

/** Options with their defaults, checked. */
export interface RedisLogSettings {
  readonly key: string;
  readonly maxEvents: number;
  readonly maxEventsPerTopic: number;
  readonly maxAge: number;
  readonly topics: ReadonlyMap<Channel, Required<TopicRetention>>;
  readonly durable: boolean;
  readonly idempotencyWindow: number;
  readonly commandTimeout: number;
  readonly clock: RedisLogClock;
}

/**
 * Checks the options and adds defaults.
 *
 * @throws {SseError} `invalid-option`.
 */
export function resolveOptions(options: RedisLogOptions): RedisLogSettings {
  const { key, client, url, topics = {} } = options;
  if (typeof key !== "string" || !/^[^{}]{1,200}$/.test(key))
    throw invalid("key", "a text of 1 to 200 characters without braces", key);
  if ((client === undefined) === (url === undefined))
    throw invalid("client", "given, or `url`, but not both", client === undefined ? "neither" : "both");
  const maxEventsPerTopic = atLeast(0, "maxEventsPerTopic", options.maxEventsPerTopic ?? 1_000);
  const maxAge = atLeast(0, "maxAge", options.maxAge ?? 0);
  return {
    key,
    maxEvents: atLeast(0, "maxEvents", options.maxEvents ?? 10_000),
    maxEventsPerTopic,
    maxAge,
    topics: new Map(
      Object.entries(topics).map(([name, own]) => [
        `topic:${name}` as const,
        {
          maxEvents: atLeast(0, `topics.${name}.maxEvents`, own.maxEvents ?? maxEventsPerTopic),
          maxAge: atLeast(0, `topics.${name}.maxAge`, own.maxAge ?? maxAge),
        },
      ]),
    ),
    durable: options.durable ?? false,
    idempotencyWindow: atLeast(1, "idempotencyWindow", options.idempotencyWindow ?? 120_000),
    commandTimeout: duration("commandTimeout", options.commandTimeout ?? 5_000),
    clock: options.clock ?? systemClock,
  };
}

function atLeast(least: number, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(name, `an integer of at least ${least}`, value);
}

/** Runtimes take a time that is longer than a timer can run for none at all. */
function duration(name: string, milliseconds: number): number {
  if (atLeast(10, name, milliseconds) <= 2 ** 30) return milliseconds;
  throw invalid(name, `at most ${2 ** 30}`, milliseconds);
}

function invalid(name: string, wanted: string, value: unknown): SseError {
  const message = `createRedisLog: ${name} must be ${wanted}, not ${String(value)}`;
  return new SseError("invalid-option", message, { field: name });
}
