/** The counters of a client since it was created. */
export interface EventSourceStats {
  /** Requests started. */
  readonly attempts: number;
  /** Requests answered with an event stream. */
  readonly opened: number;
  /** Bytes of event streams read, after decompression. */
  readonly bytes: number;
  /** Events delivered. */
  readonly events: number;
  /** Events skipped: too large, or with invalid data. */
  readonly invalid: number;
  /** Events skipped because their name has no schema. */
  readonly ignored: number;
  /** Gaps announced by the server. */
  readonly gaps: number;
}

/** The counters while they are counted. */
export type Counters = { -readonly [Name in keyof EventSourceStats]: EventSourceStats[Name] };

/** Creates counters that are 0. */
export function createCounters(): Counters {
  return { attempts: 0, opened: 0, bytes: 0, events: 0, invalid: 0, ignored: 0, gaps: 0 };
}
