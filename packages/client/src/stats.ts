/** What a client has done since it was made. */
export interface EventSourceStats {
  /** Requests begun. */
  readonly attempts: number;
  /** Requests answered with an event stream. */
  readonly opened: number;
  /** Bytes of event streams read, after decompression. */
  readonly bytes: number;
  /** Events delivered. */
  readonly events: number;
  /** Events left out: too large, or with invalid data. */
  readonly invalid: number;
  /** Events left out because no schema has their name. */
  readonly ignored: number;
  /** Gaps told by the server. */
  readonly gaps: number;
}
