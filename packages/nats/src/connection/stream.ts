import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/nats-core";
import { unusableStream } from "../errors.js";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import type { VerifyContext } from "./verify-context.js";

/**
 * The identity of a stream in its description. The time of creation does not identify it: replicas
 * of a stream that two instances created at once report different times.
 */
const identityForm = /\[sse:([a-z0-9]{12})\]/;

/**
 * Milliseconds for which a leader may not have heard from a majority of its replicas. They elect
 * another one after 4 s without it, and it does not notice that for 10 s or longer.
 */
const maxSilence = 3_000;

/** Returns the identity of a stream, or `undefined` if it has none yet. */
export function identityOf({ config }: StreamInfo): string | undefined {
  return identityForm.exec(config.description ?? "")?.[1];
}

/** Creates the hub's stream, unless another instance is faster. */
export async function createStream(
  { jsm, settings, subjects }: VerifyContext,
  identity: string,
): Promise<void> {
  await addStream(jsm, {
    name: settings.stream,
    description: `Events of a hub [sse:${identity}]`,
    subjects: [...subjects.captured],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: settings.storage === "file" ? StorageType.File : StorageType.Memory,
    num_replicas: settings.replicas,
    allow_direct: true,
    ...limitsOf(settings),
  });
}

/** Assigns an identity to a stream that was created without one. */
export async function labelStream(
  { jsm, settings }: VerifyContext,
  { config }: StreamInfo,
  identity: string,
): Promise<void> {
  const description = `${config.description ?? ""} [sse:${identity}]`.trim();
  await jsm.streams.update(settings.stream, { ...config, description });
}

/**
 * Changes the limits and subjects of a stream to the ones of the settings. Returns the stream as it
 * is then.
 */
export async function adjustStream(
  jsm: JetStreamManager,
  settings: NatsLogSettings,
  subjects: Subjects,
  info: StreamInfo,
): Promise<StreamInfo> {
  const limits = limitsOf(settings);
  const { config } = info;
  const captured = [...new Set([...config.subjects, ...subjects.captured])];
  const differs = (Object.keys(limits) as (keyof Limits)[]).some((name) => config[name] !== limits[name]);
  if (!differs && captured.length === config.subjects.length) return info;
  return jsm.streams.update(settings.stream, { ...config, ...limits, subjects: captured });
}

/** Creates a stream, unless another instance is faster. */
export async function addStream(
  jsm: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    // While the other one is under way, the server reports that their subjects overlap.
    if ((await findStream(jsm, config.name)) === undefined) throw error;
  }
}

/** Returns a stream's state, or `undefined` if there is no such stream. */
export async function findStream(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

/**
 * Returns a stream's state as its leader reports it. Without a leader, a replica answers from a
 * state that may be stale, and so does a leader that was cut off from the others.
 *
 * @throws if there is no certain leader, or no such stream.
 */
export async function leaderInfo(
  nc: NatsConnection,
  jsm: JetStreamManager,
  name: string,
): Promise<StreamInfo> {
  return requireLeader(nc, await jsm.streams.info(name));
}

/** @throws if the answer is not of a leader, or of one that may have been superseded. */
export function requireLeader(nc: NatsConnection, info: StreamInfo): StreamInfo {
  const { cluster, config } = info;
  const isClustered = nc.info?.cluster !== undefined || cluster !== undefined;
  if (isClustered && !cluster?.leader)
    throw new Error(`the stream ${config.name} has no leader at the moment`);
  const replicas = cluster?.replicas ?? [];
  const heard = replicas.filter(({ active }) => active < nanos(maxSilence)).length;
  // With itself, a majority.
  if (heard < Math.floor((replicas.length + 1) / 2))
    throw new Error(`the leader of the stream ${config.name} may have been superseded: it is alone`);
  return info;
}

/** @throws if the stream never stores or acknowledges what is published. */
export function assertStores({ config }: StreamInfo): void {
  const { name, no_ack: noAck, sealed, mirror } = config;
  if (noAck) throw unusableStream(name, "no_ack");
  if (sealed) throw unusableStream(name, "sealed");
  if (mirror !== undefined) throw unusableStream(name, "mirror");
}

/**
 * Whether the epoch is kept across restarts: as set, or if the server reports that the stream
 * outlives them.
 */
export function isDurable({ durable, storage, replicas }: NatsLogSettings, info?: StreamInfo): boolean {
  if (durable !== undefined) return durable;
  const { storage: kept, num_replicas: copies } = info?.config ?? { storage, num_replicas: replicas };
  return kept === "file" && copies >= 3;
}

type Limits = Pick<
  StreamConfig,
  "max_msgs" | "max_msgs_per_subject" | "max_age" | "max_bytes" | "duplicate_window"
>;

function limitsOf(settings: NatsLogSettings): Limits {
  const { maxAge, idempotencyWindow } = settings;
  const limit = (bound: number) => (bound === Number.POSITIVE_INFINITY ? -1 : bound);
  return {
    max_msgs: limit(withReserve(settings.maxEvents)),
    max_msgs_per_subject: limit(withReserve(settings.maxEventsPerTopic)),
    max_age: maxAge === Number.POSITIVE_INFINITY ? 0 : nanos(maxAge),
    max_bytes: limit(settings.maxBytes),
    // A server rejects a longer window than the age of entries.
    duplicate_window: nanos(Math.min(idempotencyWindow, maxAge)),
  };
}

/**
 * The stream holds more than the log promises: a burst must not evict what a follower is about to
 * receive, and the surplus of a subject shows an instance that starts what has been evicted.
 */
function withReserve(max: number): number {
  return max + Math.max(100, Math.ceil(max / 10));
}
