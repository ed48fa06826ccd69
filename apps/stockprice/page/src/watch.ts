import { type Signal, signal } from "@preact/signals";

const key = "stockprice watch list";
const initial = ["AAPL", "AMZN", "MSFT", "NVDA", "TSLA"];

/** The symbols that this browser watches, in all its tabs: they share one connection. */
export const watched: Signal<readonly string[]> = signal(read() ?? initial);

/** Watches other symbols. */
export function watch(symbols: readonly string[]): void {
  watched.value = symbols;
  localStorage.setItem(key, JSON.stringify(symbols));
}

/** Returns the path of the stream of what is watched now. */
export function streamPath(): string {
  return `/price?symbols=${watched.value.join(",")}`;
}

addEventListener("storage", (event) => {
  if (event.key === key) watched.value = read() ?? initial;
});

function read(): string[] | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "");
    return Array.isArray(value) ? value.filter((name) => typeof name === "string") : undefined;
  } catch {
    return undefined;
  }
}
