import {
  DiscardPolicy,
  JetStreamApiCodes,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import type { NatsLogSettings } from "../options.js";
import { randomEpoch } from "../position.js";
import type { Subjects } from "../subjects.js";
import { request } from "./pub-ack.js";
import { addStream, findStream } from "./stream.js";

/** What the instances have agreed on. It is one message in a small stream of its own. */
interface EpochRecord {
  readonly epoch: string;
  /** When the hub's stream was made: another stream of the same name is another life. */
  readonly created: string;
  /** The stream's last sequence when the epoch began: if it is lower later, the stream has lost entries. */
  readonly from: number;
}

/** The furthest that this process has seen the stream. */
export interface Seen {
  readonly epoch: string;
  readonly sequence: number;
}

/** Where the agreement is kept, and its subject. */
interface Place {
  readonly stream: string;
  readonly subject: string;
  readonly storage: StorageType;
}

/** How often instances may come in each other's way before one of them gives up for now. */
const attempts = 10;

/**
 * Agrees with the other instances on the epoch in which the stream is now, and returns the stream's state in it. Where the engine is not durable,
 * the agreement is kept in memory, so that it ends with the server's process: an epoch is then one run of the engine. A new epoch begins also where the
 * stream was made anew, or holds less than was seen of it. Who writes first wins.
 */
export async function agreeOnEpoch(
  nc: NatsConnection,
  jsm: JetStreamManager,
  settings: NatsLogSettings,
  subjects: Subjects,
  seen: Seen | undefined,
): Promise<{ epoch: string; info: StreamInfo }> {
  const place = placeOf(settings, subjects);
  await ensurePlace(jsm, place, settings.replicas);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const last = await jsm.streams.getMessage(place.stream, { last_by_subj: place.subject });
    // Asked after the record was read: it cannot be older than what the record says.
    const info = await jsm.streams.info(settings.stream);
    const record = last === null ? undefined : parseRecord(last.string());
    if (record !== undefined && isCurrent(record, info, seen)) return { epoch: record.epoch, info };
    const next = { epoch: randomEpoch(), created: info.created, from: info.state.last_seq };
    if (await write(nc, place, next, last?.seq ?? 0, settings.commandTimeout)) {
      nc.publish(subjects.epochNews, next.epoch);
      return { epoch: next.epoch, info };
    }
  }
  throw new Error(`the instances of the stream ${settings.stream} could not agree on an epoch`);
}

function placeOf({ durable, stream }: NatsLogSettings, { epochKept, epochOfRun }: Subjects): Place {
  return durable
    ? { stream: `${stream}-epoch-kept`, subject: epochKept, storage: StorageType.File }
    : { stream: `${stream}-epoch-run`, subject: epochOfRun, storage: StorageType.Memory };
}

async function ensurePlace(jsm: JetStreamManager, place: Place, replicas: number): Promise<void> {
  if ((await findStream(jsm, place.stream)) !== undefined) return;
  await addStream(jsm, {
    name: place.stream,
    subjects: [place.subject],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: place.storage,
    num_replicas: replicas,
    max_msgs: 1,
  });
}

function isCurrent(
  { epoch, created, from }: EpochRecord,
  { created: now, state }: StreamInfo,
  seen?: Seen,
): boolean {
  const seenThrough = seen?.epoch === epoch ? seen.sequence : 0;
  return created === now && state.last_seq >= from && state.last_seq >= seenThrough;
}

/** Answers false if another instance was faster. */
async function write(
  nc: NatsConnection,
  { subject }: Place,
  record: EpochRecord,
  expected: number,
  timeout: number,
): Promise<boolean> {
  const fields = headers();
  fields.set("Nats-Expected-Last-Subject-Sequence", String(expected));
  const payload = new TextEncoder().encode(JSON.stringify(record));
  const answer = await request(nc, subject, payload, { headers: fields, timeout });
  if (answer.error === undefined) return true;
  if (answer.error.err_code === JetStreamApiCodes.StreamWrongLastSequence) return false;
  throw new Error(`the epoch could not be stored: ${answer.error.description}`);
}

function parseRecord(text: string): EpochRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<EpochRecord> | null;
    const { epoch, created, from } = record ?? {};
    if (typeof epoch !== "string" || !/^[a-z0-9]{12}$/.test(epoch)) return undefined;
    return typeof created === "string" && typeof from === "number" ? { epoch, created, from } : undefined;
  } catch {
    return undefined;
  }
}
