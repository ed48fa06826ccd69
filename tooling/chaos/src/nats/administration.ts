import { type JetStreamManager, jetstreamManager, type StoredMsg, type StreamInfo } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
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
