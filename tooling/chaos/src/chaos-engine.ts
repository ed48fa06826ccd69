import type { HeldEntry, Position } from "./evidence.js";

/** The ways to lose data that leave every connection open. */
export const redisLosses = [
  "FLUSHDB",
  "DEL of all keys",
  "DEL of the stream and the state",
  "DEL of the stream",
  "DEL of the state",
] as const;

export type RedisLoss = (typeof redisLosses)[number] | "eviction of keys";

export const natsLosses = [
  "delete the stream",
  "delete the stream of the epoch",
  "delete both streams",
] as const;

export type NatsLoss = (typeof natsLosses)[number];

/** The ways to remove entries by hand. */
/** An entry that is no longer held. */
export type LostEntry = Pick<HeldEntry, "offset"> & Partial<Pick<HeldEntry, "nonce">>;

export type Removal = "XDEL" | "XTRIM" | "STREAM.MSG.DELETE" | "STREAM.PURGE";

/** A fault of one server of a cluster, or of all of them. */
export interface ServerFault {
  readonly fault:
    | "kill"
    | "step down"
    /** Its connections to the other servers are reset, and new ones are refused. */
    | "isolate"
    /** Its connections to the other servers stay open, and nothing passes. */
    | "stall"
    /** Every server is shut down and started again, one after the other. */
    | "restart all"
    /** It returns with an earlier copy of its files, after the others have everything. */
    | "roll back"
    /** It returns without its files, after the others have everything. */
    | "wipe"
    /** All consumers are deleted. */
    | "delete consumers"
    /** It gets the keys of the log, one after the other, from the server that has them. */
    | "get the slot";
  /** The index of the server. */
  readonly server: number | "leader";
  readonly downFor: number;
}

/** A client for Redis: its library, and the servers that it knows. */
export interface RedisClientKind {
  readonly library: "ioredis" | "node-redis";
  readonly servers: "Sentinel" | "Cluster";
}

/** A real engine that the instances share, with the faults that it can have. */
export interface ChaosEngine {
  /** The name of the log on it. */
  readonly name: string;
  /** The port on which it listens. It changes when another server replaces it after a crash. */
  readonly port: number;
  /** Whether the logs get the option `durable`. */
  readonly durable: boolean;
  /** Whether a crash may lose data. */
  readonly loses: boolean;
  /** Whether streams are kept in memory only, if users can choose. Default false. */
  readonly volatile?: boolean;
  /** The option `commandTimeout` of the logs; `undefined`: its default. */
  readonly commandTimeout?: number | undefined;
  /** The options `heartbeat` and `replicas` of the logs on NATS; `undefined`: their defaults. */
  readonly heartbeat?: number | undefined;
  readonly replicas?: number | undefined;
  /** The client library and its kind of client for the logs on Redis. Default: a `url`. */
  readonly redisClient?: RedisClientKind | undefined;
  /**
   * Returns the ports of the servers that an instance uses, the first one through its link.
   * Default: `port`.
   */
  portsOf?(instance: number): readonly number[];
  /** Whether a log does not learn the channels of what was removed while it did not follow. */
  readonly coarseRemovals?: boolean | undefined;
  /** Resolves once the log can be used, so that faults hit it and not its creation. */
  settle?(): Promise<void>;
  /**
   * Makes the next crash lose all later writes, if the mode is one that loses data. Absent where no
   * plan has the fault, as the methods that follow.
   */
  prepareLoss?(): Promise<void>;
  /** Kills it; resolves when it, or its replacement, is running. */
  crash?(downFor: number): Promise<void>;
  /** Loses data while it runs. */
  loseData?(loss: RedisLoss | NatsLoss): Promise<void>;
  /**
   * Removes some entries, and returns everything that is no longer held then. The nonce of an entry
   * that was stored meanwhile is not known.
   */
  removeEntries?(by: Removal, count: number): Promise<readonly LostEntry[]>;
  /** Has a fault of one server, which loses nothing. Resolves when it is over. */
  hurt?(fault: ServerFault): Promise<void>;
  /** Starts an empty server that replaces the present one, which keeps running. */
  replace?(): Promise<void>;
  /**
   * Leads to another server, which starts from the entries at the last {@link prepareLoss}, or back
   * to the first one. Both keep running.
   */
  switchTo?(server: "other" | "first"): Promise<void>;
  /** Returns what each server holds, the present one included, after {@link switchTo}. */
  histories?(): Promise<HeldEntry[][] | undefined>;
  /** Stops its process for a time. */
  pause?(): void;
  resume?(): void;
  /**
   * Returns how often it may have lost data, if it knows better than the faults do: by default each
   * fault that can lose data has done so once.
   */
  losses?(): Promise<number>;
  /** Returns the entries that it holds of one epoch, in order. */
  held(epoch: string): Promise<HeldEntry[]>;
  /** Parses an id. */
  positionOf(id: string): Position;
  /** Ends the process and removes its data. */
  dispose(): Promise<void>;
}

/** A kind of engine for runs. */
export interface EngineKind {
  /** The program that must be installed. */
  readonly program: string;
  /** The modes of the engine; runs use them in turn. */
  readonly modes: readonly string[];
  /** The modes that are run by name only. */
  readonly namedModes?: readonly string[];
  start(mode: string): Promise<ChaosEngine>;
}
