import { createEventSource, type EventSourceClient } from "@sse/client";

/** Options of the terminal client. */
export interface Watch {
  /** The address of the server. */
  url: string;
  /** Symbols, separated by commas. Default: all. */
  symbols?: string | undefined;
}

/**
 * Prints each price and the changes of the connection. It resumes by itself, with the missed prices
 * first.
 */
export function watchPrices(
  { url, symbols }: Watch,
  print: (line: string) => void,
): EventSourceClient<Record<string, string>> {
  const prices = new URL("/price", url);
  if (symbols) prices.searchParams.set("symbols", symbols);
  const source = createEventSource(prices);
  source.onAny(({ event: symbol, data: price }) => print(`${symbol.padEnd(5)} ${price.padStart(11)}`));
  source.onLifecycle("live", ({ replayed }) => print(`-- live, after ${replayed} prices that were missed`));
  source.onLifecycle("gap", () => print("-- some prices were missed for good"));
  source.onLifecycle("reconnecting", ({ delay, error }) =>
    print(`-- ${error.message}; again in ${(delay / 1000).toFixed(1)} s`),
  );
  source.onLifecycle("error", ({ message, body }) => print(`-- ${message} ${body ?? ""}`));
  return source;
}
