import type { GapReason } from "@sse/core";

/** What a hub has done since it was created, and what it holds now: this instance of it, but for `instances`. */
export interface HubStats {
  /** Connections open now. */
  readonly connections: number;
  /** Users with a connection, or in their grace period, now. */
  readonly users: number;
  /** Topics that somebody follows now. */
  readonly topics: number;
  /** Connections that are behind now. */
  readonly lagging: number;
  /** Instances of the hub that are known now, this one included; 1 without a bus. */
  readonly instances: number;
  /** Entries in the window now. */
  readonly windowEvents: number;
  /** Bytes of the entries in the window now, as sent. */
  readonly windowBytes: number;
  /** Events published through this hub. */
  readonly published: number;
  /** Publishes that failed. */
  readonly failed: number;
  /** Events written to connections that were live, counted once for each connection. */
  readonly delivered: number;
  /** Events written to connections that were catching up, counted once for each connection. */
  readonly replayed: number;
  /** Events that a connection did not get, because it got a newer one with the same conflate key. */
  readonly conflated: number;
  /** Ephemeral events that a connection did not get, because it was not live at the moment. */
  readonly dropped: number;
  /** Bytes of events written to live connections. */
  readonly bytes: number;
  /** Clients turned away. */
  readonly refused: number;
  /** Gaps told, by reason. */
  readonly gaps: Readonly<Record<GapReason, number>>;
}

/** The counters behind {@link HubStats}. */
export class Counters {
  published = 0;
  failed = 0;
  delivered = 0;
  replayed = 0;
  conflated = 0;
  dropped = 0;
  bytes = 0;
  refused = 0;
  readonly gaps: Record<GapReason, number> = { evicted: 0, unknown: 0, epoch: 0 };
}

/** Statistics as lines of text for a terminal or a log. */
export function formatStats(stats: HubStats): string {
  const { gaps, ...numbers } = stats;
  const rows = Object.entries({ ...numbers, gaps: gaps.evicted + gaps.unknown + gaps.epoch });
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(
    ([name, value]) => `${label(name).padEnd(width + 2)}${value.toLocaleString("en-US")}`,
  );
  return `${lines.join("\n")} (${Object.entries(gaps)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ")})`;
}

function label(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
