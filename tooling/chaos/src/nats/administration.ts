import { type JetStreamManager, jetstreamManager, type StoredMsg, type StreamInfo } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { LostEntry } from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { streamName } from "../names.js";
import { nonceIn } from "../position.js";

/** A connection of an administrator. */
export interface Administration {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
}

const probeNonce = "probe";

/** Connects to any of the servers for one task. */
export async function administer<T>(
  ports: readonly number[],
  task: (administration: Administration) => Promise<T>,
): Promise<T> {
  const nc = await connect({ servers: ports.map((port) => `127.0.0.1:${port}`) });
  try {
    return await task({ nc, jsm: await jetstreamManager(nc, { checkAPI: false }) });
  } finally {
    await nc.close();
  }
}

/** Returns the entries that the stream holds, whichever epoch they were written in. */
export async function heldEntries(administration: Administration): Promise<HeldEntry[]> {
  return (await heldMessages(administration)).filter(({ nonce }) => nonce !== probeNonce);
}

/** Returns all messages that the stream holds, also the probes of the instances. */
export async function heldMessages({ jsm }: Administration): Promise<HeldEntry[]> {
  const { state } = await jsm.streams.info(streamName);
  const sequences = Array.from(
    { length: state.last_seq - state.first_seq + 1 },
    (_, index) => state.first_seq + index,
  );
  const messages = await Promise.all(
    sequences.map((seq) => jsm.streams.getMessage(streamName, { seq }).catch(() => null)),
  );
  return messages
    .filter((message) => message !== null)
    .map((message) => ({ offset: BigInt(message.seq), ...identityOf(message) }));
}

/** The tag of a probe, which has no content, is the time at which it was stored. */
function identityOf(message: StoredMsg): Pick<HeldEntry, "nonce" | "tag"> {
  if (message.data.byteLength === 0)
    return { nonce: probeNonce, tag: message.time.getTime().toString(36).slice(-8) };
  return { nonce: nonceIn(message.string()), tag: message.header.get("Sse-Entry").split("-")[1] };
}

/**
 * Purges everything but the newest messages. A server 2.10 sometimes removes those, too, after
 * messages in the middle were deleted: what is missing afterwards was removed.
 */
export async function purge(administration: Administration, kept: number): Promise<LostEntry[]> {
  const { jsm } = administration;
  const before = await jsm.streams.info(streamName);
  const entries = await heldEntries(administration);
  const through = before.state.last_seq - kept;
  if (through < before.state.first_seq) return [];
  await jsm.streams.purge(streamName, { seq: through + 1 });
  const { state } = await jsm.streams.info(streamName);
  const left = new Set((await heldMessages(administration)).map(({ offset }) => offset));
  const unread = entries.at(-1)?.offset ?? BigInt(before.state.last_seq);
  const stored = Array.from({ length: state.last_seq - Number(unread) }, (_, index) => ({
    offset: unread + BigInt(index + 1),
  }));
  return [...entries, ...stored].filter(({ offset }) => !left.has(offset));
}

/** Deletes the newest messages one by one. */
export async function deleteNewest({ jsm }: Administration, count: number): Promise<LostEntry[]> {
  const { state } = await jsm.streams.info(streamName);
  const deleted: LostEntry[] = [];
  for (let seq = Math.max(state.first_seq, state.last_seq - count); seq <= state.last_seq; seq += 1) {
    const message = await jsm.streams.getMessage(streamName, { seq });
    if (message === null) continue;
    deleted.push({ offset: BigInt(seq), ...identityOf(message) });
    await jsm.streams.deleteMessage(streamName, seq, false);
  }
  return deleted;
}

/** Returns the index of the server that leads the stream, `undefined` without one. */
export function leaderOf({ cluster }: StreamInfo): number | undefined {
  const index = /^node-(\d)$/.exec(cluster?.leader ?? "")?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Whether there is a leader, and every other server has everything that it has. */
export function isReplicated({ cluster }: StreamInfo): boolean {
  const { leader, replicas = [] } = cluster ?? {};
  return Boolean(leader) && replicas.every(({ current, lag = 0 }) => current && lag === 0);
}

/** Deletes every consumer of the stream, as an administrator may. */
export async function deleteConsumers({ jsm }: Administration): Promise<void> {
  for await (const { name } of jsm.consumers.list(streamName))
    await jsm.consumers.delete(streamName, name).catch(() => {});
}
