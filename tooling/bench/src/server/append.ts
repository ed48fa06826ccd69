import { now } from "../clock.js";
import type { Contender } from "../contenders/contender.js";
import { payload } from "../payload.js";

/** Settings of appends. */
export interface Appending {
  topic: string;
  events: number;
  /** Appends under way: each acknowledgement starts the next. */
  window: number;
  /** Bytes of an event's data. */
  bytes: number;
}

/** Resolves when all are acknowledged, to the milliseconds that this took. */
export async function append(
  contender: Contender,
  { topic, events, window, bytes }: Appending,
): Promise<number> {
  let appended = 0;
  const lane = async (): Promise<void> => {
    while (appended < events) {
      appended += 1;
      await contender.append!(topic, payload(appended, bytes));
      // A turn of the event loop, as publishers on the network have: a memory log would answer all
      // in one.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const start = now();
  await Promise.all(Array.from({ length: window }, lane));
  return now() - start;
}
