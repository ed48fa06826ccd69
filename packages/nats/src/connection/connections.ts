import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection, Status } from "@nats-io/nats-core";
import { withTimeout } from "@sse/core/internal";
import type { NatsLogOptions, NatsLogSettings } from "../options.js";

/** The source of a log's connections. */
export type ConnectionSource =
  | { readonly connection: NatsConnection; readonly readConnection: NatsConnection }
  | { readonly servers: string | string[]; readonly options: Omit<ConnectionOptions, "servers"> };

/** The maximum time in milliseconds that a silent server may hold up closing. */
const maxCloseTime = 500;

export function sourceOf(options: NatsLogOptions): ConnectionSource {
  const { connection, readConnection = connection, servers, connectionOptions = {} } = options;
  if (connection === undefined) return { servers: servers!, options: connectionOptions };
  return { connection, readConnection: readConnection! };
}

/** Returns the connection for everything but reads of history. */
export async function openConnection(
  source: ConnectionSource,
  settings: NatsLogSettings,
): Promise<NatsConnection> {
  if (!("connection" in source)) return connectTo(source, settings, settings.stream);
  if (source.connection.isClosed()) throw new Error("the connection of the application has been closed");
  return source.connection;
}

/** Closes a connection that the log has made itself. */
export async function closeConnection(
  source: ConnectionSource,
  { commandTimeout, clock }: NatsLogSettings,
  nc: NatsConnection,
): Promise<void> {
  if ("connection" in source || nc.isClosed()) return;
  const within = (milliseconds: number, wait: Promise<void>) =>
    withTimeout(wait, { milliseconds, timers: clock, onTimeout: () => new Error("no response") }).catch(
      () => {},
    );
  // Closed just after the server has, the client throws outside of any promise. After a flush that
  // moment has passed.
  await within(Math.min(commandTimeout, maxCloseTime), nc.flush());
  await within(commandTimeout, nc.close());
}

export function openManager(nc: NatsConnection, settings: NatsLogSettings): Promise<JetStreamManager> {
  const { commandTimeout, inboxPrefix, domain } = settings;
  return jetstreamManager(nc, {
    checkAPI: false,
    timeout: commandTimeout,
    watcherPrefix: inboxPrefix,
    ...(domain === undefined ? {} : { domain }),
  });
}

/**
 * Reads history over a connection of its own, so that live events and publishes do not wait behind
 * it.
 */
export class ReadConnection {
  readonly #source: ConnectionSource;
  readonly #settings: NatsLogSettings;
  #opening: Promise<{ nc: NatsConnection; jsm: JetStreamManager }> | undefined;
  #nc: NatsConnection | undefined;
  #closed = false;

  constructor(source: ConnectionSource, settings: NatsLogSettings) {
    this.#source = source;
    this.#settings = settings;
  }

  /** Connects when it is first used. */
  async manager(): Promise<JetStreamManager> {
    if (this.#nc?.isClosed()) this.#nc = this.#opening = undefined;
    this.#opening ??= this.#open();
    try {
      return (await this.#opening).jsm;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opened = await this.#opening?.catch(() => undefined);
    if (opened !== undefined) await closeConnection(this.#source, this.#settings, opened.nc);
  }

  async #open(): Promise<{ nc: NatsConnection; jsm: JetStreamManager }> {
    const { stream } = this.#settings;
    if (this.#closed) throw new Error("the log has been closed");
    const nc =
      "connection" in this.#source
        ? this.#source.readConnection
        : await connectTo(this.#source, this.#settings, `${stream} reads`);
    this.#nc = nc;
    return { nc, jsm: await openManager(nc, this.#settings) };
  }
}

async function connectTo(
  { servers, options }: { servers: string | string[]; options: Omit<ConnectionOptions, "servers"> },
  settings: NatsLogSettings,
  name: string,
): Promise<NatsConnection> {
  const { connect } = await import("@nats-io/transport-node");
  return connect({
    name: `@sse/nats ${name}`,
    timeout: settings.commandTimeout,
    pingInterval: Math.max(1_000, settings.heartbeat),
    reconnectTimeWait: settings.retryDelay,
    inboxPrefix: settings.inboxPrefix,
    ...options,
    servers,
    maxReconnectAttempts: -1,
  });
}

/** Receives the changes of a connection's status. */
export interface StatusListener {
  /** The connection is lost. The client may be reconnecting. */
  lost(): void;
  /** The client has reconnected. */
  restored(): void;
}

/** Reports the changes of a connection's status. Returns a function that stops it. */
export function watchStatus(nc: NatsConnection, listener: StatusListener): () => void {
  const statuses = nc.status();
  void report(statuses, listener);
  // The iterator of the client ends only by this; its type does not show it.
  return () => (statuses as { stop?: () => void }).stop?.();
}

async function report(statuses: AsyncIterable<Status>, listener: StatusListener): Promise<void> {
  for await (const { type } of statuses) {
    if (type === "disconnect" || type === "close") listener.lost();
    else if (type === "reconnect") listener.restored();
  }
}
