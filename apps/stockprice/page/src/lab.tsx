import { Counter, Icon } from "@sse/ui";
import type { JSX } from "preact";
import type { LabModel, Lane, LaneSent } from "./lab-model.js";

/** The positions of the slider, in events a second. */
const rates = [1, 2, 5, 10, 20, 50, 100, 200, 400, 700, 1_000];

/** The ages in milliseconds between which the bar grows. */
const ages = { none: 50, full: 60_000 };

/** A slider from 1 to 1,000 events a second, and the two services of a slow reader. */
export function Lab({ lab }: { lab: LabModel }): JSX.Element {
  const { rate, narrow, running, report } = lab;
  const position = rates.findLastIndex((one) => one <= rate.value);
  return (
    <section id="lab" class="lab card" aria-label="Rate and conflation">
      <header class="lab-head">
        <div>
          <h2>Faster than the line</h2>
          <p class="muted">
            Two readers of one log. When the line is slow, one gets every price late, the other only the
            newest.
          </p>
        </div>
        <button
          type="button"
          class={running.value ? "" : "primary"}
          onClick={() => (running.value ? lab.stop() : void lab.start())}
        >
          <Icon name={running.value ? "stop" : "play"} />
          {running.value ? "Stop" : "Start"}
        </button>
      </header>
      <div class="lab-settings">
        <label>
          <span>
            <b class="mono">{rate.value.toLocaleString("en-US")}</b> events a second
          </span>
          <input
            type="range"
            min={0}
            max={rates.length - 1}
            value={position}
            aria-valuetext={`${rate.value} events a second`}
            onInput={({ currentTarget }) => void lab.start({ rate: rates[Number(currentTarget.value)] ?? 1 })}
          />
        </label>
        <fieldset>
          <legend>The line to this browser</legend>
          <label>
            <input
              type="radio"
              name="line"
              checked={!narrow.value}
              onChange={() => void lab.start({ narrow: false })}
            />
            as it is
          </label>
          <label>
            <input
              type="radio"
              name="line"
              checked={narrow.value}
              onChange={() => void lab.start({ narrow: true })}
            />
            slow: 20 events a second
          </label>
        </fieldset>
      </div>
      <div class="lanes">
        <LaneView title="Every price" policy="catch-up" lane={lab.every} sent={report.value?.every} />
        <LaneView title="Conflated" policy="conflate" lane={lab.conflated} sent={report.value?.conflated} />
      </div>
    </section>
  );
}

interface LaneViewProps {
  readonly title: string;
  readonly policy: string;
  readonly lane: Lane;
  readonly sent: LaneSent | undefined;
}

function LaneView({ title, policy, lane, sent }: LaneViewProps): JSX.Element {
  const { received, age, gaps } = lane.shown.value;
  return (
    <section class="lane" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <code class="mono muted small">policy: "{policy}"</code>
        <span class="lagging small" data-on={(sent?.lagging ?? 0) > 0}>
          {(sent?.lagging ?? 0) > 0 ? "lagging" : "at the head"}
        </span>
      </header>
      <p class="age">
        The newest price is <b class="mono">{(age / 1_000).toFixed(1)} s</b> old
      </p>
      <div class="age-bar" aria-hidden="true">
        <span style={{ clipPath: `inset(0 ${(1 - barOf(age)) * 100}% 0 0)` }} />
      </div>
      <dl class="counters">
        <Counter label="Sent" value={sent?.sent ?? 0} />
        <Counter label="Received" value={received} />
        <Counter label="Conflated" value={sent?.conflated ?? 0} tone="replay" />
        <Counter label="Gaps" value={gaps} {...(gaps > 0 && { tone: "gap" })} />
      </dl>
    </section>
  );
}

/** Returns the length of the bar of an age, 0 to 1, on a logarithmic scale. */
function barOf(age: number): number {
  return Math.max(
    0.01,
    Math.min(1, Math.log(Math.max(age, ages.none) / ages.none) / Math.log(ages.full / ages.none)),
  );
}
