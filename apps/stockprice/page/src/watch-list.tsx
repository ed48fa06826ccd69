import { Icon } from "@sse/ui";
import type { JSX } from "preact";
import { directionOf, formatChange, formatPrice } from "./format.js";
import type { MarketPage } from "./market-page.js";
import { Sparkline } from "./sparkline.js";
import { watched } from "./watch.js";

const arrows = { up: "▲", down: "▼", flat: "·" } as const;

/** The shares that are watched. Adding and removing changes the topics of the live connection. */
export function WatchList({ page }: { page: MarketPage }): JSX.Element {
  const symbols = watched.value;
  const others = page.listings.filter(({ symbol }) => !symbols.includes(symbol));
  return (
    <section class="watch card" aria-label="Watch list">
      <header class="watch-head">
        <h2>Watch list</h2>
        <span class="muted small">{symbols.length} topics</span>
      </header>
      <ul class="watch-rows">
        {symbols.map((symbol) => (
          <Row key={symbol} page={page} symbol={symbol} />
        ))}
      </ul>
      <form class="watch-add" onSubmit={(event) => event.preventDefault()}>
        <label for="add-symbol" class="visually-hidden">
          Add a symbol
        </label>
        <select
          id="add-symbol"
          value=""
          disabled={others.length === 0}
          onChange={({ currentTarget }) => {
            void page.add(currentTarget.value);
            currentTarget.value = "";
          }}
        >
          <option value="">{others.length === 0 ? "All symbols are here" : "Add a symbol…"}</option>
          {others.map(({ symbol, name }) => (
            <option key={symbol} value={symbol}>
              {symbol} · {name}
            </option>
          ))}
        </select>
        <p class="muted small">The connection stays: its topics change.</p>
      </form>
    </section>
  );
}

function Row({ page, symbol }: { page: MarketPage; symbol: string }): JSX.Element | null {
  const version = page.version.value;
  const series = page.series(symbol);
  if (series === undefined) return null;
  const { name, change, last } = series;
  const direction = directionOf(change);
  const selected = page.selected.value === symbol;
  return (
    <li class="watch-row" data-symbol={symbol} data-selected={selected}>
      <button
        type="button"
        class="watch-choose"
        aria-pressed={selected}
        onClick={() => {
          page.selected.value = symbol;
        }}
      >
        <span class="symbol">
          {symbol}
          <small>{name}</small>
        </span>
        <Sparkline series={series} version={version} />
        <span class="numbers mono">
          <span class="price">{formatPrice(last)}</span>
          <span class="change" data-direction={direction}>
            <span aria-hidden="true">{arrows[direction]}</span> {formatChange(change)}
          </span>
        </span>
      </button>
      <button
        type="button"
        class="quiet icon-only"
        aria-label={`Remove ${symbol}`}
        onClick={() => void page.remove(symbol)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
