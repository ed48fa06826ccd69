import type { JetStreamManager, MsgRequest, StoredMsg, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { type StoredMessage, tagOf } from "../entry-codec.js";
import type { SeenState } from "./seen.js";
import { leaderInfo } from "./stream.js";

/** The difference between a stream and what was seen of it. */
export type Divergence =
  /** The stream ends before a sequence that was seen. */
  | "shorter"
  /** The stream has another entry at the sequence of the last one that was seen. */
  | "rewritten";

/**
 * Compares a stream with what was seen of it.
 *
 * @param seen as it was before `info` was requested. What is seen meanwhile may be beyond the
 * answer.
 */
export async function findDivergence(
  jsm: JetStreamManager,
  info: StreamInfo,
  { through, last }: SeenState,
): Promise<Divergence | undefined> {
  if (info.state.last_seq < through) return "shorter";
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
 * Asks the leader for a message, and once more if it has none: a leader that was just elected may
 * not have applied everything that was acknowledged.
 *
 * @param through a sequence that the stream has reached.
 * @throws (as a rejection) if the leader has not applied everything up to there.
 */
export async function askLeader<T>(
  { nc, jsm }: { readonly nc: NatsConnection; readonly jsm: JetStreamManager },
  stream: string,
  through: number,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await ask();
  if (found !== undefined) return found;
  const { state } = await leaderInfo(nc, jsm, stream);
  if (state.last_seq < through) throw new Error("the stream's leader has not applied everything yet");
  return ask();
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
