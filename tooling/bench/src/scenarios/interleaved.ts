import { median, quantile } from "../statistics.js";

/** Number and length of the comparisons of two functions. */
export interface Pairs {
  pairs: number;
  /** Milliseconds for each function of a pair. */
  time: number;
}

/** Speed of the first of two functions, compared with the second. */
export interface Comparison {
  /** Times a second that each ran, at the median. */
  first: number;
  second: number;
  /** The median of the pairs' ratios: above 1 when the first is faster. */
  ratio: number;
  /**
   * The bound above which the true ratio lies with 95 % confidence: from the pairs, by bootstrap.
   */
  lower: number;
}

/** A measured function, which may return a promise. */
export type Work = () => unknown;

/** Runs two functions in turns, so that whatever disturbs the machine disturbs both. */
export async function compare(first: Work, second: Work, { pairs, time }: Pairs): Promise<Comparison> {
  for (const warm of [first, second]) await perSecond(warm, time);
  const rates: { first: number; second: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) rates.push(await runPair(first, second, time, pair % 2 === 0));
  const ratios = rates.map((rate) => rate.first / rate.second);
  return {
    first: median(rates.map((rate) => rate.first)),
    second: median(rates.map((rate) => rate.second)),
    ratio: median(ratios),
    lower: lowerBound(ratios),
  };
}

async function runPair(
  first: Work,
  second: Work,
  time: number,
  inOrder: boolean,
): Promise<{ first: number; second: number }> {
  if (inOrder) return { first: await perSecond(first, time), second: await perSecond(second, time) };
  const later = await perSecond(second, time);
  return { first: await perSecond(first, time), second: later };
}

async function perSecond(work: Work, time: number): Promise<number> {
  const start = performance.now();
  let runs = 0;
  let elapsed = 0;
  do {
    const result = work();
    if (result instanceof Promise) await result;
    runs += 1;
    elapsed = performance.now() - start;
  } while (elapsed < time);
  return (1_000 * runs) / elapsed;
}

const resamples = 1_000;

/** The 5th percentile of the medians of samples drawn from the sample. */
function lowerBound(values: readonly number[]): number {
  const draw = (): number => values[Math.floor(Math.random() * values.length)]!;
  const medians = Array.from({ length: resamples }, () => median(values.map(draw)));
  return quantile(medians, 0.05);
}
