import type { RedisConnection, RedisDriver } from "./driver.js";

/** What is needed of a node-redis client: that of `createClient`, `createCluster` or `createSentinel`. It is only duplicated. */
export interface NodeRedisLike {
  duplicate(...options: never[]): unknown;
  sendCommand(...args: never[]): Promise<unknown>;
}

/** A client of our own. */
interface OwnClient {
  connect(): Promise<unknown>;
  sendCommand(...args: unknown[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  destroy(): void;
}

interface Duplicable {
  readonly options?: { readonly socket?: object };
  duplicate(options: object): OwnClient;
}

/** Which of the three kinds of client it is: they differ in how a command is sent. */
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
  const own = {
    RESP: 2,
    clientSideCache: undefined,
    emitInvalidate: undefined,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
  };
  const socket = { ...options?.socket, reconnectStrategy: false };
  if (kind === "client") return { ...own, socket };
  const { disableOfflineQueue: _waitsForTheNode, ...shared } = own;
  return { RESP: 2, [kind === "cluster" ? "defaults" : "nodeClientOptions"]: { ...shared, socket } };
}

function connection(own: OwnClient, kind: Kind): RedisConnection {
  const ended: (() => void)[] = [];
  const end = () => {
    for (const listener of ended.splice(0)) listener();
  };
  // The errors are those with which calls reject; without a listener node-redis throws them.
  own.on("error", end);
  own.on("end", end);
  const send = (words: readonly string[], key: string | undefined) => {
    if (kind === "cluster") return own.sendCommand(key, false, words);
    return kind === "sentinel" ? own.sendCommand(false, words) : own.sendCommand(words);
  };
  return {
    ready: own.connect().then(() => {}),
    send: (command, args, keyAt) => send([command, ...args], args[keyAt]),
    subscribe: async (channel, listener) => {
      await own.subscribe(channel, listener);
    },
    ping: () => send(["PING"], undefined),
    onEnd: (listener) => ended.push(listener),
    destroy: () => {
      end();
      try {
        own.destroy();
      } catch {
        // It is closed already.
      }
    },
  };
}
