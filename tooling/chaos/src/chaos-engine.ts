import type { HeldEntry, Position } from "./evidence.js";

/** The ways to lose data that leave every connection open. */
export const dataLosses = [
  "FLUSHDB",
  "DEL of all keys",
  "DEL of the stream and the state",
  "DEL of the stream",
  "DEL of the state",
] as const;

export type DataLoss = (typeof dataLosses)[number];

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
  /** Whether streams are kept in memory only, if users can choose. */
  readonly volatile: boolean;
  /** The option `commandTimeout` of the logs; `undefined`: its default. */
  readonly commandTimeout?: number | undefined;
  /** Makes the next crash lose all later writes, if the mode is one that loses data. */
  prepareLoss(): Promise<void>;
  /** Kills it; resolves when it, or its replacement, is running. */
  crash(downFor: number): Promise<void>;
  /** Loses data while it runs. Absent where no mode needs it, as the next two. */
  loseData?(loss: DataLoss): Promise<void>;
  /** Removes some of the newest entries, and returns their nonces. */
  removeEntries?(by: "XDEL" | "XTRIM", count: number): Promise<readonly string[]>;
  /** Starts an empty server in place of the present one, which goes on running. */
  replace?(): Promise<void>;
  /** Stops its process for a time. */
  pause(): void;
  resume(): void;
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
