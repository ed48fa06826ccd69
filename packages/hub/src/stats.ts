/** What a hub has done since it was created, and what it holds now. */
export interface HubStats {
  /** Connections open now. */
  readonly connections: number;
  /** Users with a connection, or in their grace period. */
  readonly users: number;
  /** Topics that somebody follows now. */
  readonly topics: number;
  /** Connections that are behind now. */
  readonly lagging: number;
  /** Entries and their bytes in the window now. */
  readonly window: { readonly events: number; readonly bytes: number };
  /** Events published through this hub. */
  readonly published: number;
  /** Publishes that failed. */
  readonly failed: number;
  /** Batches of events written to connections, and their bytes. */
  readonly delivered: { readonly writes: number; readonly bytes: number };
  /** Ephemeral events that a connection did not get. */
  readonly dropped: number;
  /** Gaps told, by reason. */
  readonly gaps: { readonly evicted: number; readonly unknown: number; readonly epoch: number };
}

/** The counters behind {@link HubStats}. */
export class Counters {
  published = 0;
  failed = 0;
  writes = 0;
  bytes = 0;
  dropped = 0;
  readonly gaps = { evicted: 0, unknown: 0, epoch: 0 };
}
