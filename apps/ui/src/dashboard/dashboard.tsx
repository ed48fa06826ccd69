import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Line } from "../line/line.js";
import { Counter } from "../parts/counter.js";
import { PageHead } from "../parts/page-head.js";
import { StatusPill } from "../parts/status-pill.js";
import type { SampledStats } from "../sample.js";
import type { HubColumns, SampleHistory } from "./history.js";
import { Plot } from "./plot.js";

/** Parameters of a {@link Dashboard}. */
export interface DashboardProps {
  readonly title: string;
  readonly line: Line;
  readonly history: SampleHistory;
  /** Changes with each sample. */
  readonly version: Signal<number>;
}

/** The statistics of a process and its hubs, live. */
export function Dashboard({ title, line, history, ...signals }: DashboardProps): JSX.Element {
  const version = signals.version.value;
  const sample = history.last;
  return (
    <div class="page dashboard">
      <PageHead title={title}>
        <StatusPill line={line} />
        <a href="/">Back to the demo</a>
      </PageHead>
      <main>
        <h1>The hub</h1>
        <p class="lede">
          What <code class="mono">hub.stats()</code> returns, once a second, over Server-Sent Events.
          Prometheus reads the same numbers at <a href="/metrics">/metrics</a>.
        </p>
        {sample && (
          <section class="card process" aria-label="The process">
            <h2>
              Process <span class="mono">{sample.process}</span>
            </h2>
            <dl class="counters">
              <Counter label="Memory" value={formatBytes(sample.memory)} />
              <Counter label="Processor" value={`${Math.round(history.cpu * 100)} %`} />
              <Counter
                label="Instances"
                value={Math.max(...Object.values(sample.hubs).map((hub) => hub.instances))}
              />
            </dl>
            <Plot
              label="Memory of the process"
              times={history.memory.times}
              values={history.memory.mebibytes}
              format={(mebibytes) => `${formatCount(mebibytes)} MiB`}
              version={version}
            />
          </section>
        )}
        {sample &&
          Object.entries(sample.hubs).map(([name, stats]) => (
            <HubView
              key={name}
              name={name}
              stats={stats}
              columns={history.hubs.get(name)!}
              version={version}
            />
          ))}
      </main>
    </div>
  );
}

interface HubViewProps {
  readonly name: string;
  readonly stats: SampledStats;
  readonly columns: HubColumns;
  readonly version: number;
}

function HubView({ name, stats, columns, version }: HubViewProps): JSX.Element {
  const gaps = Object.values(stats.gaps).reduce((sum, count) => sum + count, 0);
  const { times } = columns;
  const common = { times, version, format: formatCount };
  return (
    <section class="card hub" aria-label={`Hub ${name}`}>
      <header>
        <h2 class="mono">{name}</h2>
        <dl class="counters">
          <Counter label="Connections" value={stats.connections} />
          <Counter label="Events a second" value={Math.round(columns.events.at(-1) ?? 0)} />
          <Counter label="Lagging" value={stats.lagging} />
          <Counter label="Gaps" value={gaps} {...(gaps > 0 && { tone: "gap" })} />
          <Counter label="Replayed" value={stats.replayed} {...(stats.replayed > 0 && { tone: "replay" })} />
          <Counter label="Conflated" value={stats.conflated} />
          <Counter label="In memory" value={stats.windowEvents} />
          <Counter label="Their size" value={formatBytes(stats.windowBytes)} />
          <Counter label="Refused" value={stats.refused} />
        </dl>
      </header>
      <div class="plots">
        <figure>
          <figcaption>Events a second</figcaption>
          <Plot label={`Events a second of ${name}`} values={columns.events} {...common} />
        </figure>
        <figure>
          <figcaption>Connections</figcaption>
          <Plot label={`Connections of ${name}`} values={columns.connections} {...common} />
        </figure>
        <figure>
          <figcaption>Lagging connections</figcaption>
          <Plot label={`Lagging connections of ${name}`} values={columns.lagging} {...common} />
        </figure>
      </div>
    </section>
  );
}

function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1_024)} KiB` : `${Math.round(bytes / 1_048_576)} MiB`;
}

function formatCount(count: number): string {
  return Number(count.toFixed(1)).toLocaleString("en-US");
}
