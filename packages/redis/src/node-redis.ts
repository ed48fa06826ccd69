import type { RedisConnection, RedisDriver } from "./driver.js";

/**
 * The part of a node-redis client that the log uses: that of `createClient`, `createCluster` or
 * `createSentinel`. It is only duplicated.
 */
export interface NodeRedisLike {
  duplicate(...options: never[]): unknown;
  sendCommand(...args: never[]): Promise<unknown>;
}

/** The client of one connection. */
interface DuplicatedClient {
  connect(): Promise<unknown>;
  sendCommand(...args: unknown[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: (change?: { readonly type?: string }) => void): unknown;
  destroy(): void;
}

interface Duplicable {
  readonly options?: { readonly socket?: object };
  duplicate(options: object): DuplicatedClient;
}

/** The kinds of client, which differ in how a command is sent. */
type Kind = "client" | "cluster" | "sentinel";

/** Makes connections from a node-redis client. */
export function nodeRedisDriver(client: NodeRedisLike): RedisDriver {
  const template = client as unknown as Duplicable;
  const kind = kindOf(client);
  return { connect: () => connection(template.duplicate(optionsFor(kind, template)), kind) };
}

function kindOf(client: NodeRedisLike): Kind {
  if ("getSentinelNode" in client) return "sentinel";
  return "slots" in client && "masters" in client ? "cluster" : "client";
}

function optionsFor(kind: Kind, { options }: Duplicable): object {
  const ownOptions = {
    RESP: 2,
    clientSideCache: undefined,
    emitInvalidate: undefined,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
  };
  const socket = { ...options?.socket, reconnectStrategy: false };
  if (kind === "client") return { ...ownOptions, socket };
  const { disableOfflineQueue: _waitsForTheNode, ...shared } = ownOptions;
  const ofNodes = { ...shared, socket };
  if (kind === "cluster") return { RESP: 2, defaults: ofNodes };
  // It would send a command again whose reply was lost, and wait a second to look for the primary.
  return { RESP: 2, nodeClientOptions: ofNodes, maxCommandRediscovers: 0 };
}

function connection(client: DuplicatedClient, kind: Kind): RedisConnection {
  const ended: (() => void)[] = [];
  const end = () => {
    for (const listener of ended.splice(0)) listener();
  };
  // Calls reject with the same errors; without a listener node-redis throws them. Those of a
  // Sentinel say nothing about the primary.
  client.on("error", kind === "sentinel" ? () => {} : end);
  client.on("end", end);
  const send = (words: readonly string[], key: string | undefined) => {
    if (kind === "cluster") return client.sendCommand(key, false, words);
    return kind === "sentinel" ? client.sendCommand(false, words) : client.sendCommand(words);
  };
  const ready = client.connect().then(() => {
    if (kind === "sentinel") onPrimaryLost(client, end);
  });
  return {
    ready,
    send: (command, args, keyAt) => send([command, ...args], args[keyAt]),
    subscribe: async (channel, listener) => {
      // With Sentinel it has another connection for subscriptions, and reports its errors here
      // only.
      client.on("error", end);
      await client.subscribe(channel, listener);
    },
    ping: () => send(["PING"], undefined),
    onEnd: (listener) => ended.push(listener),
    destroy: () => {
      end();
      destroyClient(client);
      // One that is still connecting may ignore that, and would stay open.
      void ready.then(
        () => destroyClient(client),
        () => {},
      );
    },
  };
}

/**
 * Calls the listener once a client with Sentinel leaves its primary, or has lost the connection.
 */
function onPrimaryLost(client: DuplicatedClient, listener: () => void): void {
  client.on("client-error", (error) => error?.type === "MASTER" && listener());
  client.on("topology-change", (change) => change?.type === "MASTER_CHANGE" && listener());
}

function destroyClient(client: DuplicatedClient): void {
  try {
    client.destroy();
  } catch {
    // It is closed already.
  }
}
