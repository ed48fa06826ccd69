import { outOfRange, requireAtLeast, requireDuration, requireKnownKeys } from "@sse/core/internal";
import { type Channel, type HubClock, systemClock, topicChannel } from "@sse/hub/log";
import type { RedisClient } from "./load-driver.js";

/** Timers and random numbers of a log. Tests pass their own. */
export type RedisLogClock = Pick<HubClock, "setTimeout" | "clearTimeout" | "random">;

/** Options of a Redis log. Counts of 0 mean unlimited; durations are milliseconds. */
export interface RedisLogOptions {
  /**
   * A client of ioredis (`new Redis()`, also with Sentinel; `new Cluster()`) or of node-redis
   * (`createClient`, `createCluster`, `createSentinel`). The log makes its own connections with the
   * client's options for the address, TLS and authentication. It neither uses nor closes the client
   * itself, which need not be connected. Either this or `url`.
   */
  client?: RedisClient | undefined;
  /**
   * The address, such as `redis://localhost:6379` or `rediss://user:password@host`. It is opened
   * with ioredis or redis, whichever is installed.
   */
  url?: string | undefined;
  /**
   * The hub's name: instances with the same key are one hub. Every key in Redis begins with
   * `{key}:`, so that in a Cluster they share a slot. No braces.
   */
  key: string;
  /** Maximum number of entries held in all. The oldest are evicted first. Default 10,000. */
  maxEvents?: number | undefined;
  /**
   * Maximum number of entries held for each topic, for each user, and for what is broadcast.
   * Default 1,000.
   */
  maxEventsPerTopic?: number | undefined;
  /** Milliseconds after which an entry is no longer held, by the clock of Redis. Default 0. */
  maxAge?: number | undefined;
  /**
   * Other bounds for some topics, by their names. An entry for several topics is held while one
   * of them keeps it. Default: none.
   */
  topics?: Readonly<Record<string, TopicRetention>> | undefined;
  /**
   * Whether Redis keeps every acknowledged write over a restart, which only a single server with
   * `appendonly yes` and `appendfsync always` does. If not, each start of a Redis and each failover
   * begins a new epoch: the log is emptied, and clients are told of a gap. Default: what the server
   * says of itself, by `CONFIG GET`; false where it does not, for a server that has ever been
   * promoted, and in a Cluster.
   */
  durable?: boolean | undefined;
  /** Milliseconds for which an idempotency key is remembered, at least 1. Default 120,000. */
  idempotencyWindow?: number | undefined;
  /**
   * Maximum milliseconds to wait for a connection, and then for a reply, before the connection is
   * given up. An append rejects after twice this time at the latest. At least 10. Default 5,000.
   */
  commandTimeout?: number | undefined;
  /** Timers and random numbers, for tests. Default: the runtime's. */
  clock?: RedisLogClock | undefined;
}

/** Bounds of one topic. An absent one is the log's. */
export interface TopicRetention {
  /** Maximum number of entries held. */
  maxEvents?: number | undefined;
  /** Milliseconds after which an entry is no longer held. */
  maxAge?: number | undefined;
}

/** Options with their defaults, checked. */
export interface RedisLogSettings {
  readonly key: string;
  readonly maxEvents: number;
  readonly maxEventsPerTopic: number;
  readonly maxAge: number;
  readonly topics: ReadonlyMap<Channel, TopicBounds>;
  readonly durable: boolean | undefined;
  readonly idempotencyWindow: number;
  readonly commandTimeout: number;
  readonly clock: RedisLogClock;
}

interface TopicBounds {
  readonly maxEvents: number;
  readonly maxAge: number;
}

/** A longer time is a mistake, and twice as long must still be within what timers keep. */
const maxCommandTimeout = 2 ** 30;

const knownKeys: readonly (keyof RedisLogOptions)[] = [
  ...(["client", "url", "key", "maxEvents", "maxEventsPerTopic", "maxAge", "topics"] as const),
  ...(["durable", "idempotencyWindow", "commandTimeout", "clock"] as const),
];

/**
 * Checks the options and adds defaults.
 *
 * @throws {SseError} `invalid-option`.
 */
export function resolveOptions(options: RedisLogOptions): RedisLogSettings {
  requireKnownKeys(options, knownKeys, "createRedisLog");
  requireAddress(options);
  const bounds = {
    maxEvents: requireAtLeast(0, "createRedisLog: maxEventsPerTopic", options.maxEventsPerTopic ?? 1_000),
    maxAge: requireAtLeast(0, "createRedisLog: maxAge", options.maxAge ?? 0),
  };
  return {
    key: requireKey(options.key),
    maxEvents: requireAtLeast(0, "createRedisLog: maxEvents", options.maxEvents ?? 10_000),
    maxEventsPerTopic: bounds.maxEvents,
    maxAge: bounds.maxAge,
    topics: topicBounds(options.topics ?? {}, bounds),
    durable: options.durable,
    idempotencyWindow: requireAtLeast(
      1,
      "createRedisLog: idempotencyWindow",
      options.idempotencyWindow ?? 120_000,
    ),
    commandTimeout: requireDuration("createRedisLog: commandTimeout", options.commandTimeout ?? 5_000, {
      min: 10,
      max: maxCommandTimeout,
    }),
    clock: options.clock ?? systemClock,
  };
}

function requireKey(key: unknown): string {
  if (typeof key === "string" && /^[^{}]{1,200}$/.test(key)) return key;
  throw outOfRange("createRedisLog: key", "a string of 1 to 200 characters without braces", key);
}

function requireAddress({ client, url }: RedisLogOptions): void {
  if ((client === undefined) !== (url === undefined)) return;
  throw outOfRange(
    "createRedisLog: client",
    "given, or `url`, but not both",
    client === undefined ? "neither" : "both",
  );
}

function topicBounds(
  topics: Readonly<Record<string, TopicRetention>>,
  others: TopicBounds,
): Map<Channel, TopicBounds> {
  const bounds = new Map<Channel, TopicBounds>();
  for (const [topic, own] of Object.entries(topics)) {
    requireKnownKeys(own, ["maxEvents", "maxAge"], `createRedisLog: topics.${topic}`);
    bounds.set(topicChannel(topic), {
      maxEvents: requireAtLeast(
        0,
        `createRedisLog: topics.${topic}.maxEvents`,
        own.maxEvents ?? others.maxEvents,
      ),
      maxAge: requireAtLeast(0, `createRedisLog: topics.${topic}.maxAge`, own.maxAge ?? others.maxAge),
    });
  }
  return bounds;
}
