/** A share as the server knows it. */
export interface Quote {
  readonly symbol: string;
  readonly name: string;
  readonly open: number;
  /** The most recent prices, the oldest first, one per interval. */
  readonly history: readonly number[];
}

/** The present state of the market. */
export interface MarketState {
  /** The position in the log that belongs to the prices. */
  readonly position: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly updated: number;
  /** Milliseconds between two prices of a share. */
  readonly interval: number;
  readonly symbols: readonly Quote[];
}

/** Returns the state of the market. */
export async function fetchMarket(): Promise<MarketState> {
  const response = await fetch("/symbols");
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
  return response.json();
}

/** Posts JSON. The response is `undefined` if the server cannot be reached or refuses. */
export async function post(path: string, body: object = {}): Promise<unknown> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
