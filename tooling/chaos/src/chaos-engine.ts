import type { HeldEntry, Position } from "./evidence.js";

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
  /** Makes the next crash lose all later writes, if the mode is one that loses data. */
  prepareLoss(): Promise<void>;
  /** Kills it; resolves when it, or its replacement, is running. */
  crash(downFor: number): Promise<void>;
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
  start(mode: string): Promise<ChaosEngine>;
}
