import type { StreamConfig, StreamInfo } from "@nats-io/jetstream";
import { millis } from "@nats-io/nats-core";
import type { NatsLogSettings } from "./options.js";

// A stream turns over: what comes pushes out what is there. These are the rules by which an instance that receives little is sure of what it did not see.

/** How many marks a stream holds that is bounded in the number of its entries. */
const marksPerTurn = 8;

/** The shortest time in which entries may age, in heartbeats: after four of them that did not come, following begins anew. */
const beatsPerAge = 8;

/** A stream takes fewer messages than this in a millisecond: servers store some hundreds. */
const mostPerMillisecond = 1_000;

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

/**
 * For how many milliseconds, from when the server was asked, nothing after the head can go with the beginning of the stream, whatever is
 * published. Below 0, or not a number: it cannot be said.
 *
 * @param headStoredAt what comes after the head was stored after this, in milliseconds by the server's clock.
 */
export function safeTime({ config, state, ts }: StreamInfo, head: number, headStoredAt: number): number {
  const byCount =
    config.max_msgs > 0
      ? (config.max_msgs - (state.last_seq - head)) / mostPerMillisecond
      : Number.POSITIVE_INFINITY;
  // Only half of the age, for the servers of a cluster have a clock each.
  const byAge =
    config.max_age > 0
      ? headStoredAt + millis(config.max_age) / 2 - Date.parse(ts ?? "")
      : Number.POSITIVE_INFINITY;
  return Math.min(byCount, byAge);
}
