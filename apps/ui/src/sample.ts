/** The statistics of a hub that the dashboard shows, as `hub.stats()` returns them. */
export interface SampledHub {
  stats(): SampledStats;
}

/** The fields of a hub's statistics that the dashboard shows. */
export interface SampledStats {
  readonly connections: number;
  readonly users: number;
  readonly topics: number;
  readonly lagging: number;
  readonly instances: number;
  readonly windowEvents: number;
  readonly windowBytes: number;
  readonly published: number;
  readonly failed: number;
  readonly delivered: number;
  readonly replayed: number;
  readonly conflated: number;
  readonly dropped: number;
  readonly bytes: number;
  readonly refused: number;
  readonly gaps: Readonly<Record<string, number>>;
}

/** One moment of a process and its hubs. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly process: number;
  /** Bytes of memory that the process holds. */
  readonly memory: number;
  /** Milliseconds of a processor that the process has used. */
  readonly cpu: number;
  readonly hubs: Readonly<Record<string, SampledStats>>;
}
