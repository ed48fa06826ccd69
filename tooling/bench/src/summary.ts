import type { Measurement, Scenario } from "./bench.js";
import { median } from "./statistics.js";

/** A figure over the rounds of a run. */
export interface Figure {
  median: number;
  min: number;
  max: number;
  rounds: number;
}

/** One line of a table. */
export interface Row {
  case: string;
  contender: string;
  figures: Record<string, Figure>;
}

/** Results of a scenario. */
export interface Summary {
  scenario: string;
  title: string;
  contest: boolean;
  metrics: Scenario["metrics"];
  rows: Row[];
  notes: string[];
  /**
   * Whether something that was published did not arrive, or the scenario could not run: the notes
   * say what.
   */
  failed: boolean;
}

/** Joins the rounds of each case and contender, in the order of their first results. */
export function rowsOf(measurements: readonly Measurement[]): Row[] {
  const groups = new Map<string, Measurement[]>();
  for (const measurement of measurements) {
    const key = JSON.stringify([measurement.case, measurement.contender]);
    groups.set(key, [...(groups.get(key) ?? []), measurement]);
  }
  return [...groups.values()].map((rounds) => ({
    case: rounds[0]!.case,
    contender: rounds[0]!.contender,
    figures: figuresOf(rounds),
  }));
}

function figuresOf(rounds: readonly Measurement[]): Record<string, Figure> {
  const names = Object.keys(rounds[0]!.figures);
  return Object.fromEntries(
    names.map((name) => [name, figureOf(rounds.map(({ figures }) => figures[name]!))]),
  );
}

function figureOf(values: readonly number[]): Figure {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values.length,
  };
}
