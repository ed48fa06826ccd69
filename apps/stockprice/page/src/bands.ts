/** A time without a connection, as a chart shows it. */
export interface Band {
  readonly kind: "away" | "gap";
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** Returns the absences among the states of a line. */
export function bandsOf(segments: readonly { kind: string; from: number }[]): readonly Band[] {
  return segments.flatMap(({ kind, from }, index) => {
    if (kind !== "away" && kind !== "gap") return [];
    return { kind, from, to: segments[index + 1]?.from ?? Number.POSITIVE_INFINITY };
  });
}
