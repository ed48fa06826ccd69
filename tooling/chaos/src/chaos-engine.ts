import type { HeldEntry, Place } from "./evidence.js";

/** A real engine that the instances share, and what can befall it. */
export interface ChaosEngine {
  /** The name of the log on it. */
  readonly name: string;
  /** Where it listens. Another port after a crash means that something else has taken its place. */
  readonly port: number;
  /** Whether the logs are told that it loses nothing. */
  readonly durable: boolean;
  /** Whether a crash may lose data. */
  readonly loses: boolean;
  /** Whether streams are to be kept in memory only, where users choose. */
  readonly volatile: boolean;
  /** From here on the next crash loses what is written, if the mode is one that loses. */
  prepareLoss(): Promise<void>;
  /** Kills it; resolves when it, or what takes its place, is there again. */
  crash(downFor: number): Promise<void>;
  /** Stops it in the middle of what it does. */
  pause(): void;
  resume(): void;
  /** What it holds of one life of the log, in its order. */
  held(life: string): Promise<HeldEntry[]>;
  /** Reads an id. */
  placeOf(id: string): Place;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/** An engine that runs can be made on. */
export interface EngineKind {
  /** The program that must be installed. */
  readonly program: string;
  /** What it may be like; runs take them in turn. */
  readonly modes: readonly string[];
  start(mode: string): Promise<ChaosEngine>;
}
