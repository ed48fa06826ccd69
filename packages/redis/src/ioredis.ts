import type { RedisConnection, RedisDriver } from "./driver.js";

/**
 * The part of an ioredis client that the log uses: `Redis`, also with Sentinel, or `Cluster`. It is
 * only duplicated.
 */
export interface IORedisLike {
  readonly isCluster?: boolean;
  duplicate(...options: never[]): unknown;
  call(command: string, ...args: never[]): Promise<unknown>;
}

/** The client of one connection. */
interface DuplicatedClient {
  connect(): Promise<void>;
  call(command: string, args: readonly string[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  on(event: string, listener: (...values: string[]) => void): unknown;
  disconnect(): void;
}

interface Duplicable {
  duplicate(...options: unknown[]): DuplicatedClient;
}

const never = (): null => null;

const connectionOptions = {
  lazyConnect: true,
  disconnectTimeout: 100,
  retryStrategy: never,
  reconnectOnError: null,
  sentinelRetryStrategy: never,
  // A demoted primary acknowledges writes that are lost afterwards.
  failoverDetector: true,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  commandTimeout: undefined,
  keyPrefix: "",
  stringNumbers: false,
  protocol: 2,
};

const clusterOptions = {
  lazyConnect: true,
  clusterRetryStrategy: never,
  // Else a command whose reply was lost is sent again.
  retryDelayOnFailover: 0,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  keyPrefix: "",
  scaleReads: "master",
  redisOptions: { autoResendUnfulfilledCommands: false, protocol: 2, stringNumbers: false },
};

/** Makes connections from an ioredis client. */
export function ioredisDriver(client: IORedisLike): RedisDriver {
  const { isCluster } = client;
  const template = client as unknown as Duplicable;
  return {
    connect: () =>
      connection(isCluster ? template.duplicate([], clusterOptions) : template.duplicate(connectionOptions)),
  };
}

function connection(client: DuplicatedClient): RedisConnection {
  // Calls reject with the same errors; without a listener ioredis prints them.
  client.on("error", () => {});
  return {
    ready: client.connect(),
    send: (command, args) => client.call(command, args),
    subscribe: async (channel, listener) => {
      client.on("message", (from, message) => {
        if (from === channel) listener(message!);
      });
      await client.subscribe(channel);
    },
    ping: () => client.ping(),
    onEnd: (listener) => client.on("end", listener),
    destroy: () => client.disconnect(),
  };
}
