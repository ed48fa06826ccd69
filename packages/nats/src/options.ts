import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { SseError } from "@sse/core";

/** How a NATS log is set up. All instances of a hub use the same `stream`, bounds and `durable`. */
export interface NatsLogOptions {
  /**
   * A connection of yours, of any transport of `@nats-io`; it is not closed with the log. Make it with `maxReconnectAttempts: -1`: a connection that
   * has given up does not come back, nor does the log. Either this or `servers`.
   */
  connection?: NatsConnection;
  /** Where to connect, such as `"nats://127.0.0.1:4222"`. The log connects by `@nats-io/transport-node`, for as long as it is open. */
  servers?: string | string[];
  /** More for the connection to `servers`: credentials, TLS, a name. */
  connectionOptions?: Omit<ConnectionOptions, "servers">;
  /**
   * The hub's name: of its stream, and the first token of its subjects. 1 to 64 characters of `[A-Za-z0-9_-]`. The stream is made if there is
   * none, and its bounds are changed to the ones given here if they differ.
   */
  stream: string;
  /** How many entries are held in all; of a tenth more, and at least 100, the oldest go first. Default 100,000; 0 means unlimited. */
  maxEvents?: number;
  /**
   * Most entries held for each topic, for each user, for what is broadcast, and for all that is published to several topics or users at once.
   * Default 1,000; 0 means unlimited.
   */
  maxEventsPerTopic?: number;
  /** Milliseconds after which an entry is no longer held, at least 100. Default 0: for ever. */
  maxAge?: number;
  /** Most bytes that the stream takes in all; a server sets them aside for it. Default 0: unlimited. */
  maxBytes?: number;
  /**
   * Whether what was acknowledged outlives the end of a server's process: a stream on files (and, against loss of power, of several replicas).
   * If so, clients resume over a restart of the server; if not, a restart is a new epoch, and they are told of a gap, because nobody can
   * know what was lost. Default: whether the stream is on files with 3 replicas or more.
   */
  durable?: boolean;
  /** How many servers of a cluster hold the stream: 1, 3 or 5. It counts when the stream is made. Default 1. */
  replicas?: number;
  /** Where the stream is kept. It counts when the stream is made. Default `file`. */
  storage?: "file" | "memory";
  /** Milliseconds for which an idempotency key is remembered, at least 100. Default 120,000. */
  idempotencyWindow?: number;
  /** Milliseconds after which an append or any other question to the server has failed. Default 5,000. */
  commandTimeout?: number;
  /** Milliseconds between two attempts to reach a server that does not answer. Default 500. */
  retryDelay?: number;
  /** Milliseconds between two signs of life of the server while nothing is published, at least 100. Three missing are an outage. Default 5,000. */
  heartbeat?: number;
  /** The JetStream domain, where the stream is not in the default one. */
  domain?: string;
  /** The beginning of the subjects on which answers come, where permissions allow only some. Default `_INBOX`. */
  inboxPrefix?: string;
}

/** The options with their defaults. Unlimited is `Infinity`. */
export interface NatsLogSettings {
  readonly stream: string;
  readonly maxEvents: number;
  readonly maxEventsPerTopic: number;
  readonly maxAge: number;
  readonly maxBytes: number;
  readonly durable: boolean;
  readonly replicas: number;
  readonly storage: "file" | "memory";
  readonly idempotencyWindow: number;
  readonly commandTimeout: number;
  readonly retryDelay: number;
  readonly heartbeat: number;
  readonly domain: string | undefined;
  readonly inboxPrefix: string;
}

/** @throws {SseError} `invalid-option`. */
export function settingsOf(options: NatsLogOptions): NatsLogSettings {
  const { stream, storage = "file", replicas = 1 } = options;
  if ((options.connection === undefined) === (options.servers === undefined))
    throw invalid("connection", "give either `connection` or `servers`");
  if (typeof stream !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(stream))
    throw invalid("stream", "`stream` must have 1 to 64 characters of [A-Za-z0-9_-]");
  if (storage !== "file" && storage !== "memory")
    throw invalid("storage", '`storage` must be "file" or "memory"');
  const at = (least: number, name: keyof NatsLogOptions, value: number) => {
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw invalid(name, `\`${name}\` must be an integer of at least ${least}, not ${String(value)}`);
  };
  const bound = (name: keyof NatsLogOptions, value: number) => at(0, name, value) || Number.POSITIVE_INFINITY;
  const maxAge = bound("maxAge", options.maxAge ?? 0);
  return {
    stream,
    maxEvents: bound("maxEvents", options.maxEvents ?? 100_000),
    maxEventsPerTopic: bound("maxEventsPerTopic", options.maxEventsPerTopic ?? 1_000),
    maxAge: at(100, "maxAge", maxAge === Number.POSITIVE_INFINITY ? 100 : maxAge) && maxAge,
    maxBytes: bound("maxBytes", options.maxBytes ?? 0),
    durable: options.durable ?? (storage === "file" && replicas >= 3),
    replicas: at(1, "replicas", replicas),
    storage,
    idempotencyWindow: at(100, "idempotencyWindow", options.idempotencyWindow ?? 120_000),
    commandTimeout: at(1, "commandTimeout", options.commandTimeout ?? 5_000),
    retryDelay: at(1, "retryDelay", options.retryDelay ?? 500),
    heartbeat: at(100, "heartbeat", options.heartbeat ?? 5_000),
    domain: options.domain,
    inboxPrefix: options.inboxPrefix ?? "_INBOX",
  };
}

function invalid(field: string, message: string): SseError {
  return new SseError("invalid-option", `createNatsLog: ${message}`, { field });
}
