/** One test on one runtime. */
export interface TestResult {
  /** Relative to the repository; `""` for an error outside of all tests. */
  readonly file: string;
  /** The full name. */
  readonly test: string;
  /** `started`: it had not ended at the time limit. */
  readonly state: "passed" | "failed" | "skipped" | "started";
  /** The error of a test that failed, or the reason of one that was skipped. */
  readonly reason?: string;
}
