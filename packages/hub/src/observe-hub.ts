import { type Attributes, type BatchObservableResult, type Meter, metrics } from "@opentelemetry/api";
import type { Hub } from "./hub.js";
import type { HubStats } from "./stats.js";

/** Counts that go up and down. */
const gauges = {
  connections: ["sse.hub.connections", "{connection}", "Connections open now"],
  users: ["sse.hub.users", "{user}", "Users with a connection, or in their grace period"],
  topics: ["sse.hub.topics", "{topic}", "Topics that somebody follows"],
  lagging: ["sse.hub.lagging", "{connection}", "Connections that are behind"],
  instances: ["sse.hub.instances", "{instance}", "Instances of the hub that are known, this one included"],
  windowEvents: ["sse.hub.window.events", "{event}", "Entries in the window"],
  windowBytes: ["sse.hub.window.size", "By", "Bytes of the entries in the window"],
} as const;

/** Counts that only go up. */
const counters = {
  published: ["sse.hub.published", "{event}", "Events published"],
  failed: ["sse.hub.failed", "{event}", "Publishes that failed"],
  delivered: ["sse.hub.delivered", "{event}", "Events written to live connections"],
  replayed: ["sse.hub.replayed", "{event}", "Events written to connections that were catching up"],
  conflated: ["sse.hub.conflated", "{event}", "Events replaced by newer ones for a connection"],
  dropped: ["sse.hub.dropped", "{event}", "Ephemeral events that a connection did not get"],
  bytes: ["sse.hub.io", "By", "Bytes of events written to live connections"],
  refused: ["sse.hub.refused", "{connection}", "Clients turned away"],
} as const;

/**
 * Reports a hub's statistics as OpenTelemetry metrics, each time the metrics are collected. The only attributes are those given here, and
 * `reason` on `sse.hub.gaps`: never a topic or a user, so the number of series is fixed.
 *
 * @param meter default: the global meter provider's `@sse/hub`.
 * @param attributes put on every metric; to tell several hubs apart, say. Default: none.
 * @returns a function that stops it.
 */
export function observeHub(
  hub: Pick<Hub, "stats">,
  meter: Meter = metrics.getMeter("@sse/hub"),
  attributes: Attributes = {},
): () => void {
  const numbers = [
    ...Object.entries(gauges).map(([field, [name, unit, description]]) => ({
      field: field as keyof typeof gauges,
      instrument: meter.createObservableUpDownCounter(name, { unit, description }),
    })),
    ...Object.entries(counters).map(([field, [name, unit, description]]) => ({
      field: field as keyof typeof counters,
      instrument: meter.createObservableCounter(name, { unit, description }),
    })),
  ];
  const gaps = meter.createObservableCounter("sse.hub.gaps", {
    unit: "{gap}",
    description: "Gaps told, by reason",
  });
  const observe = (result: BatchObservableResult) => {
    const stats: HubStats = hub.stats();
    for (const { field, instrument } of numbers) result.observe(instrument, stats[field], attributes);
    for (const [reason, count] of Object.entries(stats.gaps))
      result.observe(gaps, count, { ...attributes, reason });
  };
  const instruments = [gaps, ...numbers.map(({ instrument }) => instrument)];
  meter.addBatchObservableCallback(observe, instruments);
  return () => meter.removeBatchObservableCallback(observe, instruments);
}
