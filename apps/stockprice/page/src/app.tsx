import { CommandBox, Counter, Notice, PageHead, StatusPill, TabsNote, Timeline, WirePanel } from "@sse/ui";
import type { JSX } from "preact";
import { BreakIt } from "./break-it.js";
import { Chart } from "./chart.js";
import { directionOf, formatChange } from "./format.js";
import { Lab } from "./lab.js";
import type { LabModel } from "./lab-model.js";
import type { MarketPage } from "./market-page.js";
import { streamPath, watched } from "./watch.js";
import { WatchList } from "./watch-list.js";

/** The whole page. */
export function App({ page, lab }: { page: MarketPage; lab: LabModel }): JSX.Element {
  return (
    <div class="page">
      <a class="skip" href="#prices">
        Skip to the prices
      </a>
      <div class="pinned">
        <PageHead title="Stock price">
          <Totals page={page} />
          <StatusPill line={page.line} />
        </PageHead>
      </div>
      <main>
        <div class="intro">
          <h1>One response that never ends, and survives its connection</h1>
          <p class="lede">
            Each price is an event with an <b>id</b>. When the connection breaks, the browser asks again with
            the last id that it saw, and the server sends <b>what was missed, once each, in order</b>.
          </p>
          <div class="intro-side">
            <TabsNote tabs={page.tabs} />
            <a href="/hub">Statistics of the hub</a>
          </div>
        </div>
        <Timeline line={page.line} />
        <div class="actions">
          <BreakIt page={page} lab={lab} />
          <Notice told={page.told} />
        </div>
        <div class="desk" id="prices">
          <WatchList page={page} />
          <Stage page={page} />
          <WirePanel line={page.line} />
        </div>
        <Lab lab={lab} />
        <Terminal page={page} />
      </main>
    </div>
  );
}

function Totals({ page }: { page: MarketPage }): JSX.Element {
  const { received, caughtUp, gaps } = page.line.counters.value;
  return (
    <dl class="counters totals">
      <Counter label="Received" value={received} />
      <Counter label="Caught up" value={caughtUp} tone="replay" hint="Missed, and sent later" />
      <Counter label="Gaps told" value={gaps} {...(gaps > 0 && { tone: "gap" })} />
      <Counter
        label="Lost unnoticed"
        value={page.lost.value}
        tone={page.lost.value === 0 ? "live" : "gap"}
        hint="Prices in the server's record that neither arrived nor were told to be gone"
      />
    </dl>
  );
}

/** The large chart. */
function Stage({ page }: { page: MarketPage }): JSX.Element {
  void page.version.value;
  const series = page.series(page.selected.value);
  if (series === undefined)
    return (
      <section class="stage card empty">
        <h2>Nothing is watched</h2>
        <p class="muted">Add a symbol, and the page connects.</p>
      </section>
    );
  const direction = directionOf(series.change);
  const [whole, rest] = [series.last.toFixed(6).slice(0, -4), series.last.toFixed(6).slice(-4)];
  return (
    <section class="stage card" aria-label={series.name}>
      <header>
        <h2>
          {series.symbol} <span class="muted">{series.name}</span>
        </h2>
        <p class="stage-price mono" data-price>
          {whole}
          <small>{rest}</small>
        </p>
        <p class="change mono" data-direction={direction}>
          {formatChange(series.change)} <span class="muted">since the open</span>
        </p>
      </header>
      <Chart page={page} series={series} />
      <ul class="keys small">
        <li data-key="live">arrived live</li>
        <li data-key="replay">caught up</li>
        <li data-key="away">away</li>
        <li data-key="gap">gap</li>
      </ul>
    </section>
  );
}

function Terminal({ page }: { page: MarketPage }): JSX.Element {
  void page.version.value;
  const url = `${location.origin}${watched.value.length > 0 ? streamPath() : "/price"}`;
  const { lastEventId } = page.line.source;
  return (
    <section class="terminal" aria-label="From a terminal">
      <h2>The same from a terminal</h2>
      <div class="commands">
        <CommandBox label="The stream" command={`curl -N '${url}'`} />
        <CommandBox
          label="From this page's last id on"
          command={`curl -N -H 'Last-Event-ID: ${lastEventId}' '${url}'`}
        />
        <CommandBox label="The client, from a clone" command="npm run client stockprice AAPL,NVDA" />
      </div>
      <p class="muted small">
        The least that a page needs is <a href="/plain">ten lines with a plain EventSource</a>.
      </p>
    </section>
  );
}
