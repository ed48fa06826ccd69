import {
  type Attributes,
  type BatchObservableResult,
  type Meter,
  metrics,
  type Observable,
} from "@opentelemetry/api";
import type { Hub } from "./hub.js";
import { type HubStats, statistics } from "./stats.js";

/**
 * Reports a hub's statistics as OpenTelemetry metrics, each time the metrics are collected. The
 * only attributes are those listed here, `reason` on `sse.hub.gaps` and `state` on
 * `sse.hub.ended.runs`: never a topic, a user or a run, so that the number of series is fixed.
 *
 * @param meter default: the global meter provider's `@sse/hub`.
 * @param attributes are added to every metric, to distinguish several hubs for example. Default:
 * none.
 * @returns a function that stops it.
 */
export function observeHub(
  hub: Pick<Hub, "stats">,
  meter: Meter = metrics.getMeter("@sse/hub"),
  attributes: Attributes = {},
): () => void {
  const instruments = new Map(
    (Object.keys(statistics) as (keyof HubStats)[]).map((field) => [field, createInstrument(meter, field)]),
  );
  const observe = (result: BatchObservableResult): void => {
    const stats = hub.stats();
    for (const [field, instrument] of instruments) {
      for (const [value, own] of valuesOf(stats, field))
        result.observe(instrument, value, { ...attributes, ...own });
    }
  };
  const observables = [...instruments.values()];
  meter.addBatchObservableCallback(observe, observables);
  return () => meter.removeBatchObservableCallback(observe, observables);
}

function createInstrument(meter: Meter, field: keyof HubStats): Observable {
  const { kind, metric, unit, description } = statistics[field];
  return kind === "counter"
    ? meter.createObservableCounter(metric, { unit, description })
    : meter.createObservableUpDownCounter(metric, { unit, description });
}

/** Returns the values of a statistic, each with the attribute that distinguishes it. */
function valuesOf(stats: HubStats, field: keyof HubStats): readonly [number, Attributes][] {
  const value = stats[field];
  const statistic = statistics[field];
  if (typeof value === "number" || !("attribute" in statistic)) return [[value as number, {}]];
  return Object.entries(value).map(([name, count]) => [count, { [statistic.attribute]: name }]);
}
