import { createEventSource, type EventSourceClient } from "@sse/client";

/** What to watch. */
export interface Watch {
  /** Where the server is. */
  url: string;
  /** Symbols, separated by commas. Default: all. */
  symbols?: string | undefined;
}

/** Prints each price as it comes, and what happens to the connection. It resumes by itself; what was missed comes first. */
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
