import { effect, type Signal, signal } from "@preact/signals";
import { createSharedEventSource } from "@sse/client/shared";
import { countTabs, Line, type LineEvent, oncePerFrame, type Told } from "@sse/ui";
import { fetchMarket, type MarketState, post } from "./market-api.js";
import { newerThan, Series } from "./series.js";
import { streamPath, watch, watched } from "./watch.js";

/** The name under which the tabs share the connection. */
const sharedName = "stockprice";

const calm: Told = {
  tone: "calm",
  text: "Prices arrive over one open response.",
  detail: "Break the connection: the page returns with the id of its last event, and gets what it missed.",
};

/** The state of the page: the line, the prices, and what it shows about both. */
export class MarketPage {
  readonly line: Line;
  readonly tabs: ReturnType<typeof countTabs>;
  /** All shares that can be watched. */
  readonly listings: readonly { symbol: string; name: string }[];
  /** Changes when prices have changed, at most once per frame. */
  readonly version: Signal<number> = signal(0);
  readonly selected: Signal<string>;
  readonly told: Signal<Told> = signal(calm);
  /** Prices that never arrived although no gap was reported. */
  readonly lost: Signal<number> = signal(0);
  readonly interval: number;

  readonly #series = new Map<string, Series>();
  /** Prices of shares whose history is being fetched. */
  readonly #early = new Map<string, number[]>();
  /** Missed prices by symbol, until all have arrived. */
  #missed = new Map<string, number[]>();
  #gap: string | undefined;
  /** The symbols that the connection follows. */
  #followed: readonly string[] = watched.value;
  readonly #changed = oncePerFrame(() => {
    this.version.value += 1;
  });

  constructor(state: MarketState) {
    this.interval = state.interval;
    this.listings = state.symbols.map(({ symbol, name }) => ({ symbol, name }));
    for (const quote of state.symbols) {
      this.#series.set(quote.symbol, new Series(quote, state.updated, state.interval));
      this.#early.set(quote.symbol, []);
    }
    this.selected = signal(watched.value[0] ?? "");
    const source = createSharedEventSource(
      () => {
        this.#followed = watched.value;
        return streamPath();
      },
      { name: sharedName, autoConnect: watched.value.length > 0 },
    );
    this.line = new Line(source, {
      path: streamPath,
      listener: {
        event: (event) => this.#received(event),
        live: (info) => this.#live(info),
        gap: ({ reason }) => {
          this.#gap = reason;
        },
        away: () => this.#away(),
      },
    });
    this.tabs = countTabs(sharedName, source);
    effect(() => this.#follow(watched.value));
  }

  series(symbol: string): Series | undefined {
    return this.#series.get(symbol);
  }

  /** Adds a symbol to the list, on the live connection. */
  async add(symbol: string): Promise<void> {
    if (watched.value.includes(symbol)) return;
    this.#early.set(symbol, []);
    watch([...watched.value, symbol]);
    this.selected.value = symbol;
    await this.#changeTopics({ subscribe: [symbol] });
    await this.#loadHistory([symbol]);
  }

  /** Removes a symbol from the list, on the live connection. */
  async remove(symbol: string): Promise<void> {
    const others = watched.value.filter((name) => name !== symbol);
    watch(others);
    if (this.selected.value === symbol) this.selected.value = others[0] ?? "";
    if (others.length > 0) await this.#changeTopics({ unsubscribe: [symbol] });
  }

  /** Connects while anything is watched. */
  #follow(symbols: readonly string[]): void {
    const { source } = this.line;
    if (symbols.length === 0) source.close();
    else if (source.state === "closed" || source.state === "idle") source.connect();
    if (!symbols.includes(this.selected.peek())) this.selected.value = symbols[0] ?? "";
  }

  async #changeTopics(change: { subscribe?: string[]; unsubscribe?: string[] }): Promise<void> {
    const connection = this.line.connection.value;
    // Without a connection the next request names the topics.
    if (connection === "") return;
    const changes = [
      ...(change.subscribe ?? []).map((name) => `+ ${name}`),
      ...(change.unsubscribe ?? []).map((name) => `- ${name}`),
    ];
    this.line.note(`POST /price/subscription  ${changes.join("  ")}  (same connection)`);
    await post("/price/subscription", { connection, ...change });
    this.#followed = watched.value;
  }

  /** Replaces series by the server's record, and adds what has arrived since. */
  async #loadHistory(symbols: readonly string[]): Promise<void> {
    const state = await fetchMarket().catch(() => undefined);
    for (const symbol of symbols) {
      const quote = state?.symbols.find((one) => one.symbol === symbol);
      if (state === undefined || quote === undefined) continue;
      const series = new Series(quote, state.updated, state.interval);
      const newer = newerThan(quote.history, this.#early.get(symbol) ?? []);
      for (const price of newer) series.addLive(price, Date.now());
      this.#series.set(symbol, series);
    }
    for (const symbol of symbols) this.#early.delete(symbol);
    this.#changed();
  }

  #received({ event: symbol, data, replayed }: LineEvent): void {
    const price = Number(data);
    this.#early.get(symbol)?.push(price);
    if (replayed) this.#missed.set(symbol, [...(this.#missed.get(symbol) ?? []), price]);
    else this.#series.get(symbol)?.addLive(price, Date.now());
    this.#changed();
  }

  #live({ replayed, resumed }: { replayed: number; resumed: boolean }): void {
    const afterGap = this.#gap !== undefined;
    for (const [symbol, series] of this.#series) {
      const prices = this.#missed.get(symbol) ?? [];
      if (prices.length > 0 || afterGap)
        series.addMissed(prices, { now: Date.now(), interval: this.interval, afterGap });
    }
    this.#missed = new Map();
    this.#changed();
    // A tab may have changed the list while the request was on its way.
    if (this.line.source.request !== undefined && this.#followed !== watched.value)
      void this.#changeTopics({ subscribe: [...watched.value] });
    if (resumed) void this.#tellReturn(replayed);
    // The prices between the page's own request and now.
    else void this.#loadHistory([...this.#series.keys()]);
    this.#gap = undefined;
  }

  #away(): void {
    if (watched.value.length === 0) return;
    this.told.value = {
      tone: "away",
      text: "The line is down.",
      detail: "The server goes on publishing. The page returns with the id of its last event.",
    };
  }

  async #tellReturn(replayed: number): Promise<void> {
    const reason = this.#gap;
    const state = await fetchMarket().catch(() => undefined);
    if (reason === "epoch" || reason === "unknown") {
      for (const quote of state?.symbols ?? []) {
        const series = this.#series.get(quote.symbol);
        if (series !== undefined) series.open = quote.open;
      }
      this.told.value = {
        tone: "gap",
        text: "The server was restarted, and said so: it has a new log.",
        detail: `What it sent before is gone; the chart has a hole. ${replayed} prices since the restart arrived.`,
      };
      return;
    }
    const lost = state === undefined ? 0 : this.#lostFrom(state);
    this.lost.value += lost;
    this.told.value = reason === undefined ? caughtUp(replayed, lost) : evicted(replayed);
  }

  #lostFrom(state: MarketState): number {
    const followed = state.symbols.filter(({ symbol }) => watched.value.includes(symbol));
    return followed.reduce(
      (sum, { symbol, history }) => sum + (this.#series.get(symbol)?.lostFrom(history) ?? 0),
      0,
    );
  }
}

function caughtUp(replayed: number, lost: number): Told {
  if (replayed === 0) return { ...calm, text: "Back, and nothing was missed." };
  return {
    tone: lost === 0 ? "replay" : "gap",
    text: `${replayed} missed prices arrived: in order, once each.`,
    detail: `${lost} lost, by the server's own record. Nothing had to be loaded again.`,
  };
}

function evicted(replayed: number): Told {
  return {
    tone: "gap",
    text: "Some prices are no longer held, and the server said so.",
    detail: `The page knows that its chart has a hole. ${replayed} later prices arrived.`,
  };
}
