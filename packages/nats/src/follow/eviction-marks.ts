import type { StreamConfig } from "@nats-io/jetstream";
import type { NatsLogSettings } from "../options.js";

/** How many marks a stream holds that is bounded in the number of its entries. */
const marksPerTurn = 8;

/** The shortest time in which entries may age, in heartbeats: after four of them that did not come, following begins anew. */
const beatsPerAge = 8;

/**
 * Whether an instance to which nothing comes is told how far the stream is before that has turned over: by marks where its entries are
 * counted, and by heartbeats where they age. Where their bytes are counted it is not.
 */
export function canTellEvictions({ maxBytes, maxAge, heartbeat }: NatsLogSettings): boolean {
  return maxBytes === Number.POSITIVE_INFINITY && maxAge >= beatsPerAge * heartbeat;
}

/** Whether whoever appends the entry with this sequence marks the place. */
export function isMarkDue({ max_msgs }: Pick<StreamConfig, "max_msgs">, sequence: number): boolean {
  return max_msgs > 0 && sequence % Math.ceil(max_msgs / marksPerTurn) === 0;
}
