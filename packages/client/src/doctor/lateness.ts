import { dripsOf } from "./doctor-stream.js";
import type { StreamObservation } from "./observations.js";

/** Milliseconds by which events may be late: half of it is seen on a busy machine. */
export const maxLateness = 400;

/**
 * Returns by how many milliseconds the events of a series were late: the upper quartile, against
 * the event that arrived fastest. The clocks of the two sides need not agree. `undefined` for a
 * stream with less than two events.
 *
 * A chain that holds everything back until the end delivers the last event fast, and each one
 * before it as much too late as it was sent earlier.
 */
export function lateness(observation: StreamObservation): number | undefined {
  const drips = dripsOf(observation);
  const first = observation.events[0];
  if (drips.length < 2 || first === undefined) return undefined;
  const transits = [first.after, ...drips.map(({ sent, received }) => received - sent)];
  const fastest = Math.min(...transits);
  const late = transits.map((transit) => transit - fastest).sort((a, b) => a - b);
  return late[Math.floor((late.length * 3) / 4)];
}
