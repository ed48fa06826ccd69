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
import { nanos } from "@nats-io/nats-core";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";

/** The hub's stream as it is, after it has been made, or its bounds and subjects have been changed to the ones wanted. */
export async function ensureStream(
  jsm: JetStreamManager,
  settings: NatsLogSettings,
  subjects: Subjects,
): Promise<StreamInfo> {
  const bounds = boundsOf(settings);
  const existing = await findStream(jsm, settings.stream);
  if (existing === undefined) {
    return addStream(jsm, {
      name: settings.stream,
      subjects: [...subjects.captured],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      storage: settings.storage === "file" ? StorageType.File : StorageType.Memory,
      num_replicas: settings.replicas,
      allow_direct: true,
      ...bounds,
    });
  }
  const { config } = existing;
  const captured = [...new Set([...config.subjects, ...subjects.captured])];
  const differs = (Object.keys(bounds) as (keyof Bounds)[]).some((name) => config[name] !== bounds[name]);
  if (!differs && captured.length === config.subjects.length) return existing;
  return jsm.streams.update(settings.stream, { ...config, ...bounds, subjects: captured });
}

/** Makes a stream, unless another instance is faster. */
export async function addStream(
  jsm: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<StreamInfo> {
  try {
    return await jsm.streams.add(config);
  } catch (error) {
    // While the other's is under way, a server finds that their subjects overlap.
    const made = await findStream(jsm, config.name);
    if (made === undefined) throw error;
    return made;
  }
}

/** A stream's state, or `undefined` where there is no such stream. */
export async function findStream(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

type Bounds = Pick<
  StreamConfig,
  "max_msgs" | "max_msgs_per_subject" | "max_age" | "max_bytes" | "duplicate_window"
>;

function boundsOf(settings: NatsLogSettings): Bounds {
  const { maxAge, idempotencyWindow } = settings;
  const limit = (bound: number) => (bound === Number.POSITIVE_INFINITY ? -1 : bound);
  return {
    max_msgs: limit(withReserve(settings.maxEvents)),
    max_msgs_per_subject: limit(withReserve(settings.maxEventsPerTopic)),
    max_age: maxAge === Number.POSITIVE_INFINITY ? 0 : nanos(maxAge),
    max_bytes: limit(settings.maxBytes),
    // A server refuses a longer window than entries live.
    duplicate_window: nanos(Math.min(idempotencyWindow, maxAge)),
  };
}

/**
 * The stream holds more than is wanted: a burst must not push out what a follower is about to be given, and an instance that begins sees in
 * the surplus of a subject what has been evicted.
 */
function withReserve(most: number): number {
  return most + Math.max(100, Math.ceil(most / 10));
}
