import { problemRefusal } from "./problems.js";

/** A share that is traded here. */
export interface Listing {
  readonly symbol: string;
  readonly name: string;
  /** The price that the random walk starts from. The companies exist, the prices are made up. */
  readonly start: number;
}

/** The shares that are traded here. */
export const listings = [
  { symbol: "AAPL", name: "Apple", start: 92.6 },
  { symbol: "AMZN", name: "Amazon", start: 186.4 },
  { symbol: "GOOG", name: "Alphabet", start: 174.9 },
  { symbol: "META", name: "Meta", start: 512.3 },
  { symbol: "MSFT", name: "Microsoft", start: 428.7 },
  { symbol: "NFLX", name: "Netflix", start: 641.2 },
  { symbol: "NVDA", name: "NVIDIA", start: 121.8 },
  { symbol: "TSLA", name: "Tesla", start: 248.5 },
] as const satisfies readonly Listing[];

/** The symbol of a share: the name of its events, and their topic. */
export type Ticker = (typeof listings)[number]["symbol"];

const tickers: readonly Ticker[] = listings.map(({ symbol }) => symbol);

/**
 * Returns the symbols of a request: `symbols=AAPL,AMZN`, or the parameter several times. Without
 * it: all.
 *
 * @throws {SseError} a refusal with status 400 for an unknown symbol, or for none at all.
 */
export function requestedSymbols(parameter: string | readonly string[] | undefined): readonly Ticker[] {
  if (parameter === undefined) return tickers;
  const names = [parameter].flat().flatMap((list) => list.split(","));
  const wanted = names.map((name) => name.trim()).filter((name) => name !== "");
  if (wanted.length === 0)
    throw problemRefusal(400, "missing-parameter", "The parameter symbols names none.", known);
  const refusal = symbolsProblem(wanted);
  if (refusal !== undefined) throw problemRefusal(...refusal);
  return wanted.filter(isTicker);
}

/** Returns the problem of names that are no symbols; `undefined` if all are. */
export function symbolsProblem(
  names: readonly string[],
): [number, string, string, { parameter: string; symbols: readonly Ticker[] }] | undefined {
  const unknown = names.filter((name) => !isTicker(name));
  return unknown.length > 0
    ? [400, "unknown-symbol", `Unknown symbol: ${unknown.join(", ")}`, known]
    : undefined;
}

const known = { parameter: "symbols", symbols: tickers };

function isTicker(name: string): name is Ticker {
  return (tickers as readonly string[]).includes(name);
}
