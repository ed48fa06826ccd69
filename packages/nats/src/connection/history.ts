import type { JetStreamManager, MsgRequest, StoredMsg, StreamInfo } from "@nats-io/jetstream";
import { type StoredMessage, tagOf } from "../entry-codec.js";
import type { Seen } from "./seen.js";

/** The difference between a stream and what was seen of it. */
export type Divergence =
  /** The stream ends before a sequence that was seen. */
  | "shorter"
  /** The stream has another entry at the place of the last one that was seen. */
  | "rewritten";

/**
 * Compares a stream with what was seen of it in an epoch.
 *
 * @param from the last sequence when the epoch started.
 */
export async function findDivergence(
  jsm: JetStreamManager,
  info: StreamInfo,
  epoch: string,
  from: number,
  seen: Seen,
): Promise<Divergence | undefined> {
  if (info.state.last_seq < Math.max(from, seen.through(epoch))) return "shorter";
  const last = seen.last(epoch);
  if (last === undefined) return undefined;
  const found = await messageAt(jsm, info.config.name, last.sequence);
  // Without the message nothing can be compared: it was evicted.
  return found === undefined || tagOf(found) === last.tag ? undefined : "rewritten";
}

/** Returns the message at a sequence, as the stream's leader has it. */
async function messageAt(
  jsm: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<StoredMessage | undefined> {
  if (sequence === 0) return undefined;
  const found = await jsm.streams.getMessage(stream, { seq: sequence });
  return found === null ? undefined : storedMessage(found);
}

/**
 * Returns the sequence of the first message at or after a sequence, as the stream's leader has it.
 */
export async function nextSequence(
  jsm: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<number | undefined> {
  // The client's type for this lacks what servers accept since 2.9.
  const query = { seq: sequence, next_by_subj: ">" } as MsgRequest;
  return (await jsm.streams.getMessage(stream, query))?.seq;
}

export function storedMessage({ subject, header, data, time }: StoredMsg): StoredMessage {
  return { subject, headers: header, payload: data, storedAt: time.getTime() };
}
