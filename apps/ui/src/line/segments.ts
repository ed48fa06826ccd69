/** The states of a line over time. */
export type SegmentKind = "connecting" | "live" | "away" | "gap";

/** A time in which a line was in one state. */
export interface Segment {
  readonly kind: SegmentKind;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** The number of events that were caught up at its end. */
  readonly caughtUp: number;
}

/** Returns the segments with a new one, without those that ended before a time. */
export function withSegment(segments: readonly Segment[], next: Segment, since: number): readonly Segment[] {
  const last = segments.at(-1);
  if (last?.kind === next.kind) return segments;
  const all = [...segments, next];
  return all.filter((_segment, index) => (all[index + 1]?.from ?? Number.POSITIVE_INFINITY) > since);
}

/** Returns the segments with the last absence turned into a gap: some of its events are gone. */
export function withGap(segments: readonly Segment[]): readonly Segment[] {
  const last = segments.at(-1);
  if (last?.kind !== "away") return segments;
  return [...segments.slice(0, -1), { ...last, kind: "gap" }];
}
