import type { ContenderName } from "./contenders/index.js";
import type { Processes } from "./processes.js";

/** Amount of work: `full` for figures, `quick` for a look, `smoke` for tests, which only count. */
export type Size = "full" | "quick" | "smoke";

/** A figure that a scenario measures. */
export interface Metric {
  title: string;
  unit: string;
  /** Digits after the decimal point. */
  digits: number;
  /** Whether more is better. Default: less is. */
  more?: boolean;
}

/** Results of one round of one contender, by metric. */
export interface Measurement {
  scenario: string;
  case: string;
  contender: string;
  figures: Record<string, number>;
}

/** Tools and settings of a scenario. */
export interface Bench {
  readonly size: Size;
  readonly processes: Processes;
  /** The requested contenders, of those that a scenario can measure. */
  contenders(able?: readonly ContenderName[]): ContenderName[];
  /** Receives the result of one round of one contender. */
  report(measurement: Omit<Measurement, "scenario">): void;
  /** Adds a remark that a reader of the figures needs: it is printed below them. */
  note(text: string): void;
}

/** Something to measure. Its file says what and how. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /**
   * Whether the rows of a case are contenders, whose first figures are compared; else each row is a
   * comparison by itself.
   */
  readonly contest: boolean;
  /** By the name that figures have. */
  readonly metrics: Record<string, Metric>;
  run(bench: Bench): Promise<void>;
}

/** Chooses by size. */
export function bySize<Value>(size: Size, values: Record<Size, Value>): Value {
  return values[size];
}
