import type { StreamInfo } from "@nats-io/jetstream";
import { randomEpoch, Sleep } from "@sse/hub/log";
import { type EpochRecord, EpochStore, type StoredRecord } from "./epoch-store.js";
import { findDivergence } from "./history.js";
import { publishAcked } from "./pub-ack.js";
import type { SeenState } from "./seen.js";
import {
  adjustStream,
  assertStores,
  createStream,
  findStream,
  identityOf,
  isDurable,
  labelStream,
  requireLeader,
} from "./stream.js";
import type { VerifyContext } from "./verify-context.js";

/** The epoch in which the stream is, and the stream's state in it. */
export interface Agreement {
  readonly epoch: string;
  /** The store that has the epoch. */
  readonly store: EpochStore;
  readonly info: StreamInfo;
}

/** The number of conflicts with other instances after which this one fails for now. */
const maxAttempts = 10;

/** Milliseconds between two looks at a stream that another instance is creating. */
const creationPoll = 50;

/**
 * Agrees with the other instances on the epoch in which the stream is now, and creates the stream
 * if it is missing. A new epoch starts if the stream is another one, or is not a continuation of
 * what was seen of it. The first write wins.
 *
 * @throws (as a rejection) if the engine does not answer, or has no leader.
 */
export async function agreeOnEpoch(context: VerifyContext): Promise<Agreement> {
  const { signal, settings } = context;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    signal.throwIfAborted();
    const agreement = await tryAgree(context);
    if (agreement !== undefined) return agreement;
  }
  throw new Error(`the instances of the stream ${settings.stream} could not agree on an epoch`);
}

/** Resolves to `undefined` if something changed meanwhile. */
async function tryAgree(context: VerifyContext): Promise<Agreement | undefined> {
  const { jsm, settings, subjects } = context;
  const before = await describeStream(context);
  const store = await EpochStore.open(context, isDurable(settings, before));
  const stored = await store.read();
  const { record } = stored;
  const seen = record && context.seen.state(record.epoch);
  // Read after the record, so that it cannot be older than what the record says.
  const found = await describeStream(context);
  const identity = found && identityOf(found);
  if (found === undefined || identity === undefined) {
    await provideStream(context, store, stored, found);
    return undefined;
  }
  const info = await adjustStream(jsm, settings, subjects, found);
  if (record === undefined || seen === undefined || !isSameStream(record, info, identity))
    return startEpoch(context, store, stored, info, info.state.last_seq);
  const loss = await confirmLoss(context, record, seen, info);
  if (loss === "refuted") return undefined;
  if (loss !== undefined) return startEpoch(context, store, stored, info, loss);
  if (record.stream === undefined || record.creating !== undefined)
    await store.write(recordOf(record.epoch, info, record.from), stored.sequence);
  return { epoch: record.epoch, store, info };
}

async function describeStream({ nc, jsm, settings }: VerifyContext): Promise<StreamInfo | undefined> {
  const info = await findStream(jsm, settings.stream);
  if (info !== undefined) assertStores(info);
  return info && requireLeader(nc, info);
}

/** Records of the first version identify the stream by the time of its creation. */
function isSameStream({ stream, created }: EpochRecord, info: StreamInfo, identity: string): boolean {
  return stream === undefined ? created === info.created : stream === identity;
}

function recordOf(epoch: string, info: StreamInfo, from: number): EpochRecord {
  const stream = identityOf(info);
  return { epoch, created: info.created, from, ...(stream === undefined ? {} : { stream }) };
}

/**
 * Creates the stream, or assigns it an identity. Of instances that start together only one does.
 */
async function provideStream(
  context: VerifyContext,
  store: EpochStore,
  { record, sequence }: StoredRecord,
  found: StreamInfo | undefined,
): Promise<void> {
  if (record?.creating !== undefined && (await isCreated(context))) return;
  const identity = randomEpoch();
  const base = record ?? { epoch: randomEpoch(), stream: identity, created: "", from: 0 };
  if (!(await store.write({ ...base, creating: identity }, sequence))) return;
  if (found === undefined) await createStream(context, identity);
  else await labelStream(context, found, identity);
}

/**
 * Waits for an instance that is creating the stream. Resolves to false if that instance has not
 * done so in time.
 */
async function isCreated(context: VerifyContext): Promise<boolean> {
  const { signal, settings } = context;
  const sleep = new Sleep(settings.clock);
  const onAbort = () => sleep.close();
  signal.addEventListener("abort", onAbort);
  try {
    for (let waited = 0; waited < settings.commandTimeout; waited += creationPoll) {
      await sleep.for(creationPoll);
      signal.throwIfAborted();
      const info = await describeStream(context);
      if (info !== undefined && identityOf(info) !== undefined) return true;
    }
    return false;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Returns the last sequence of a stream that has lost or replaced entries, or `undefined` if it has
 * not. A leader that has been superseded does not know it yet, so a loss counts only once the
 * stream has acknowledged a write: `refuted` if that shows that the state was stale.
 */
async function confirmLoss(
  context: VerifyContext,
  { epoch, from }: EpochRecord,
  { through, last }: SeenState,
  info: StreamInfo,
): Promise<number | "refuted" | undefined> {
  const { jsm } = context;
  const state = { through: Math.max(from, through), last };
  const left = context.seen.hasLeft(epoch);
  const divergence = left ? undefined : await findDivergence(jsm, info, state);
  if (divergence === undefined && !left) return undefined;
  const sequence = await probe(context);
  // The record that names an epoch which was left is confirmed by the write that replaces it.
  if (left) return sequence;
  if (divergence === "shorter" && sequence <= state.through) return sequence;
  const current = { ...info, state: { ...info.state, last_seq: sequence } };
  return (await findDivergence(jsm, current, state)) === undefined ? "refuted" : sequence;
}

/** Stores a message that is no entry, and returns its sequence. */
async function probe({ nc, subjects, settings }: VerifyContext): Promise<number> {
  const { seq, error } = await publishAcked(nc, subjects.probe, new Uint8Array(), {
    timeout: settings.commandTimeout,
  });
  if (error !== undefined) throw new Error(`the stream does not accept a message: ${error.description}`);
  return seq;
}

async function startEpoch(
  { nc, subjects }: VerifyContext,
  store: EpochStore,
  { sequence }: StoredRecord,
  info: StreamInfo,
  from: number,
): Promise<Agreement | undefined> {
  const record = recordOf(randomEpoch(), info, from);
  if (!(await store.write(record, sequence))) return undefined;
  nc.publish(subjects.epochChanged, record.epoch);
  return { epoch: record.epoch, store, info };
}
