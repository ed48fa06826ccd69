import type { LogRetention } from "./event-log.js";

/**
 * Bounds of a log, or of a topic that has its own. 0 and `Infinity` mean unlimited; what is absent
 * is unlimited.
 */
export interface RetentionBounds {
  readonly maxEvents?: number;
  readonly maxBytes?: number;
  readonly maxAge?: number;
}

/**
 * Returns the retention that is certain where all these bounds apply: for each kind the smallest
 * bound.
 */
export function guaranteedRetention(...bounds: readonly RetentionBounds[]): LogRetention {
  const smallest = (name: keyof RetentionBounds): number =>
    Math.min(...bounds.map((bound) => bound[name] || Number.POSITIVE_INFINITY));
  return {
    maxEvents: smallest("maxEvents"),
    maxBytes: smallest("maxBytes"),
    maxAge: smallest("maxAge"),
  };
}
