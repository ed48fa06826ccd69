/** A test that is known to fail on some runtimes. */
export interface Known {
  readonly runtimes: RegExp;
  /** Its full name. */
  readonly test: RegExp;
  /** For the table: whose fault it is, and what follows for users. */
  readonly reason: string;
}

export const known: readonly Known[] = [];
