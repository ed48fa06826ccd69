import type { EndState, GapReason } from "@sse/core";

/**
 * All statistics of a hub, in the order in which they are printed. {@link HubStats}, the counters,
 * {@link formatStats} and the metrics derive from this table. A `gauge` is a current value, a
 * `counter` a total since the hub was created. The unit is a code of UCUM, as in OpenTelemetry.
 */
export const statistics = {
  /** Connections that are open. */
  connections: {
    kind: "gauge",
    metric: "sse.hub.connections",
    unit: "{connection}",
    description: "Connections that are open",
  },
  /** Users with a connection, or in the grace period after one. */
  users: {
    kind: "gauge",
    metric: "sse.hub.users",
    unit: "{user}",
    description: "Users with a connection, or in the grace period after one",
  },
  /** Topics that have followers. */
  topics: {
    kind: "gauge",
    metric: "sse.hub.topics",
    unit: "{topic}",
    description: "Topics that have followers",
  },
  /** Connections that are behind the head of the log. */
  lagging: {
    kind: "gauge",
    metric: "sse.hub.lagging.connections",
    unit: "{connection}",
    description: "Connections that are behind the head of the log",
  },
  /** Known instances of the hub, including this one; 1 without a bus. */
  instances: {
    kind: "gauge",
    metric: "sse.hub.instances",
    unit: "{instance}",
    description: "Known instances of the hub, including this one",
  },
  /** Entries in the window. */
  windowEvents: {
    kind: "gauge",
    metric: "sse.hub.window.events",
    unit: "{event}",
    description: "Entries in the window",
  },
  /** Runs whose producers are in this process. */
  runs: {
    kind: "gauge",
    metric: "sse.hub.runs",
    unit: "{run}",
    description: "Runs whose producers are in this process",
  },
  /** Bytes of the entries in the window, as sent. */
  windowBytes: {
    kind: "gauge",
    metric: "sse.hub.window.bytes",
    unit: "By",
    description: "Bytes of the entries in the window",
  },
  /** Events that were published through this instance. */
  published: {
    kind: "counter",
    metric: "sse.hub.published.events",
    unit: "{event}",
    description: "Events that were published",
  },
  /** Publishes that failed. */
  failed: {
    kind: "counter",
    metric: "sse.hub.failed.publishes",
    unit: "{publish}",
    description: "Publishes that failed",
  },
  /** Events that were appended to runs through this instance. */
  runEvents: {
    kind: "counter",
    metric: "sse.hub.run.events",
    unit: "{event}",
    description: "Events that were appended to runs",
  },
  /** Runs that this instance has ended, by state. */
  runsEnded: {
    kind: "counter",
    metric: "sse.hub.ended.runs",
    unit: "{run}",
    description: "Runs that were ended",
    attribute: "state",
  },
  /** Events that were written to live connections, once for each connection. */
  delivered: {
    kind: "counter",
    metric: "sse.hub.delivered.events",
    unit: "{event}",
    description: "Events that were written to live connections, once for each connection",
  },
  /** Events that were written to connections that were catching up, once for each connection. */
  replayed: {
    kind: "counter",
    metric: "sse.hub.replayed.events",
    unit: "{event}",
    description: "Events that were written to connections that were catching up, once for each connection",
  },
  /**
   * Events that were left out because the connection received a newer one with the same conflate
   * key.
   */
  conflated: {
    kind: "counter",
    metric: "sse.hub.conflated.events",
    unit: "{event}",
    description: "Events that were replaced by newer ones for a connection",
  },
  /** Ephemeral events that were not written to a connection, because it was not live. */
  dropped: {
    kind: "counter",
    metric: "sse.hub.dropped.events",
    unit: "{event}",
    description: "Ephemeral events that were not written to a connection",
  },
  /** Bytes of events that were written to live connections. */
  bytes: {
    kind: "counter",
    metric: "sse.hub.delivered.bytes",
    unit: "By",
    description: "Bytes of events that were written to live connections",
  },
  /** Clients that were refused. */
  refused: {
    kind: "counter",
    metric: "sse.hub.refused.connections",
    unit: "{connection}",
    description: "Clients that were refused",
  },
  /** Gaps that were reported to clients, by reason. */
  gaps: {
    kind: "counter",
    metric: "sse.hub.gaps",
    unit: "{gap}",
    description: "Gaps that were reported to clients",
    attribute: "reason",
  },
} as const;

type Statistics = typeof statistics;
type Field = keyof Statistics;
type CounterField = {
  [Name in Field]: Statistics[Name]["kind"] extends "counter" ? Name : never;
}[Field];

/** A number, or one number for each value of the statistic's attribute. */
type ValueOf<Name extends Field> = Statistics[Name] extends { attribute: keyof AttributeValues }
  ? Record<AttributeValues[Statistics[Name]["attribute"]], number>
  : number;

/** The values of each attribute. */
interface AttributeValues {
  reason: GapReason;
  state: EndState;
}

/**
 * The current values and the totals of one instance of a hub. Only `instances` is about all of
 * them.
 */
export type HubStats = { readonly [Name in Field]: Readonly<ValueOf<Name>> };

/** The totals behind {@link HubStats}. */
export type Counters = { [Name in CounterField]: ValueOf<Name> };

export function createCounters(): Counters {
  const names = Object.keys(statistics).filter((name) => statistics[name as Field].kind === "counter");
  const zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<CounterField, number>;
  return {
    ...zeros,
    gaps: { evicted: 0, unknown: 0, epoch: 0 },
    runsEnded: { complete: 0, failed: 0, cancelled: 0, lost: 0 },
  };
}

/** Formats statistics as lines for a terminal or a log. */
export function formatStats(stats: HubStats): string {
  const names = Object.keys(statistics) as Field[];
  const width = Math.max(...names.map((name) => label(name).length));
  return names.map((name) => `${label(name).padEnd(width + 1)}${formatValue(stats[name])}`).join("\n");
}

function formatValue(value: number | Readonly<Record<string, number>>): string {
  if (typeof value === "number") return value.toLocaleString("en-US");
  const parts = Object.entries(value);
  const sum = parts.reduce((total, [, count]) => total + count, 0);
  return `${sum.toLocaleString("en-US")} (${parts.map(([reason, count]) => `${reason} ${count}`).join(", ")})`;
}

function label(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
