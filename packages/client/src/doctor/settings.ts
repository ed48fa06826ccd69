/** Settings of one run of the doctor. Durations are milliseconds. */
export interface DoctorSettings {
  /** Further request headers, such as `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The time in which the head of a response must arrive. */
  readonly timeout: number;
  /**
   * The time for which a stream is kept silent; 0: none is. Where that cannot be asked for, the
   * time for which the stream is watched, at least ten seconds.
   */
  readonly silence: number;
  /** Whether certificates are accepted that nothing vouches for. */
  readonly insecure: boolean;
}
