import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { SseError } from "@sse/core";
import {
  outOfRange,
  requireAtLeast,
  requireDuration,
  requireKnownKeys,
  requireOneOf,
} from "@sse/core/internal";
import { systemClock } from "@sse/hub/log";
import type { NatsLogClock } from "./clock.js";

/** Options of a NATS log. All instances of a hub use the same `stream`, limits and `durable`. */
export interface NatsLogOptions {
  /**
   * A connection of your own, of any transport of `@nats-io`; it is not closed with the log. Make
   * it with `maxReconnectAttempts: -1`, since a connection that has stopped reconnecting does not
   * recover. Either this or `servers`.
   */
  connection?: NatsConnection | undefined;
  /**
   * With `connection`: a second connection of your own for reads of history, so that live events
   * and publishes do not wait behind them. Default: `connection`.
   */
  readConnection?: NatsConnection | undefined;
  /**
   * The servers, such as `"nats://127.0.0.1:4222"`. The log connects by `@nats-io/transport-node`,
   * for as long as it is open: once for everything, and once more for reads of history when there
   * is the first.
   */
  servers?: string | string[] | undefined;
  /** Further options for the connection to `servers`: credentials, TLS, a name. */
  connectionOptions?: Omit<ConnectionOptions, "servers"> | undefined;
  /**
   * The hub's name: of its stream, and the first token of its subjects. 1 to 64 characters of
   * `[A-Za-z0-9_-]`. The stream is created if it is missing, and its limits are changed to the ones
   * set here if they differ.
   */
  stream: string;
  /**
   * The number of entries that are held in all; of a tenth more, and at least 100, the oldest are
   * evicted. Default 100,000; 0 means unlimited.
   */
  maxEvents?: number | undefined;
  /**
   * The number of entries that are held for each topic, for each user, for what is broadcast, and
   * for all that is published to several topics or users at once. Default 1,000; 0 means unlimited.
   */
  maxEventsPerTopic?: number | undefined;
  /** Milliseconds after which an entry is evicted, at least 100. Default 0: never. */
  maxAge?: number | undefined;
  /** The maximum size of the stream in bytes; a server reserves them. Default 0: unlimited. */
  maxBytes?: number | undefined;
  /**
   * Whether the epoch continues when the server's process restarts. Set it to true only if what was
   * acknowledged outlives the process. If false, a restart is a new epoch, and clients receive a
   * gap. Default: true if the stream is on files with 3 replicas or more, as the server reports it.
   */
  durable?: boolean | undefined;
  /**
   * The number of servers of a cluster that hold the stream: 1, 3 or 5. Used when the stream is
   * created. Default 1.
   */
  replicas?: number | undefined;
  /** The storage of the stream. Used when the stream is created. Default `file`. */
  storage?: "file" | "memory" | undefined;
  /** Milliseconds for which an idempotency key is remembered, at least 100. Default 120,000. */
  idempotencyWindow?: number | undefined;
  /** Milliseconds after which an append or any other request has failed. Default 5,000. */
  commandTimeout?: number | undefined;
  /** Milliseconds between two attempts to reach a server that does not answer. Default 500. */
  retryDelay?: number | undefined;
  /**
   * Milliseconds between two heartbeats of the server and between two checks of the stream, at
   * least 100. Three missing heartbeats are an outage. Default 5,000.
   */
  heartbeat?: number | undefined;
  /** The JetStream domain of the stream. Default: none. */
  domain?: string | undefined;
  /**
   * The prefix of the subjects for responses, where permissions allow only some. Default `_INBOX`.
   */
  inboxPrefix?: string | undefined;
  /** The source of time. Default: the system's. */
  clock?: NatsLogClock | undefined;
}

/** The options with their defaults. Unlimited is `Infinity`. */
export interface NatsLogSettings {
  readonly stream: string;
  readonly maxEvents: number;
  readonly maxEventsPerTopic: number;
  readonly maxAge: number;
  readonly maxBytes: number;
  /** `undefined`: decided by what the server reports of the stream. */
  readonly durable: boolean | undefined;
  readonly replicas: number;
  readonly storage: "file" | "memory";
  readonly idempotencyWindow: number;
  readonly commandTimeout: number;
  readonly retryDelay: number;
  readonly heartbeat: number;
  readonly domain: string | undefined;
  readonly inboxPrefix: string;
  readonly clock: NatsLogClock;
}

const knownOptions: readonly (keyof NatsLogOptions)[] = [
  "connection",
  "readConnection",
  "servers",
  "connectionOptions",
  "stream",
  "maxEvents",
  "maxEventsPerTopic",
  "maxAge",
  "maxBytes",
  "durable",
  "replicas",
  "storage",
  "idempotencyWindow",
  "commandTimeout",
  "retryDelay",
  "heartbeat",
  "domain",
  "inboxPrefix",
  "clock",
];

/** The minimum of durations that a server does not accept below. */
const minDuration = 100;

/**
 * Validates the options and fills in the defaults.
 *
 * @throws {SseError} `invalid-option`.
 */
export function settingsOf(options: NatsLogOptions): NatsLogSettings {
  requireKnownKeys(options, knownOptions, "createNatsLog");
  requireConnection(options);
  const { stream, storage = "file", maxAge = 0 } = options;
  if (typeof stream !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(stream))
    throw outOfRange("stream", "1 to 64 characters of [A-Za-z0-9_-]", stream);
  const limit = (name: "maxEvents" | "maxEventsPerTopic" | "maxBytes", fallback: number) =>
    requireAtLeast(0, name, options[name] ?? fallback) || Number.POSITIVE_INFINITY;
  return {
    stream,
    maxEvents: limit("maxEvents", 100_000),
    maxEventsPerTopic: limit("maxEventsPerTopic", 1_000),
    maxAge: maxAge === 0 ? Number.POSITIVE_INFINITY : requireAtLeast(minDuration, "maxAge", maxAge),
    maxBytes: limit("maxBytes", 0),
    durable: options.durable,
    replicas: requireAtLeast(1, "replicas", options.replicas ?? 1),
    storage: requireOneOf(["file", "memory"], "storage", storage),
    ...durationsOf(options),
    domain: options.domain,
    inboxPrefix: options.inboxPrefix ?? "_INBOX",
    clock: options.clock ?? systemClock,
  };
}

function durationsOf(
  options: NatsLogOptions,
): Pick<NatsLogSettings, "idempotencyWindow" | "commandTimeout" | "retryDelay" | "heartbeat"> {
  const { idempotencyWindow = 120_000, heartbeat = 5_000 } = options;
  return {
    idempotencyWindow: requireAtLeast(minDuration, "idempotencyWindow", idempotencyWindow),
    commandTimeout: requireDuration("commandTimeout", options.commandTimeout ?? 5_000, { min: 1 }),
    retryDelay: requireDuration("retryDelay", options.retryDelay ?? 500, { min: 1 }),
    heartbeat: requireDuration("heartbeat", heartbeat, { min: minDuration }),
  };
}

function requireConnection({ connection, readConnection, servers }: NatsLogOptions): void {
  if ((connection === undefined) === (servers === undefined))
    throw new SseError("invalid-option", "createNatsLog: pass either `connection` or `servers`", {
      field: "connection",
    });
  if (readConnection !== undefined && connection === undefined)
    throw new SseError(
      "invalid-option",
      "createNatsLog: `readConnection` needs `connection`; with `servers` the log makes its own",
      { field: "readConnection" },
    );
}
