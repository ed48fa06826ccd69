import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  createHub,
  createMemoryLog,
  type DisconnectReason,
  type Hub,
  type HubOptions,
  hubStream,
  type PublishOptions,
} from "@sse/node";
import { onTestFinished } from "vitest";
import type { Protocol, RunningServer } from "./protocols.js";

export interface HubServer extends RunningServer {
  readonly hub: Hub;
  readonly port: number;
  /** The reasons for which connections ended, in the order in which they did. */
  readonly endings: readonly DisconnectReason[];
}

/** A server of one hub that stops with the test. */
export async function serveHub(
  protocol: Protocol,
  options: HubOptions = {},
  closeTimeout = 5_000,
): Promise<HubServer> {
  const hub = createHub({ log: createMemoryLog({ maxEventsPerTopic: 0, maxBytes: 0 }), ...options });
  const running = protocol.createServer(hubStream(hub, () => ({ topics: ["t"] }), { closeTimeout }));
  const { server } = running;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    running.cutAll();
    await hub.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const endings: DisconnectReason[] = [];
  hub.on("disconnect", ({ reason }) => endings.push(reason));
  return { ...running, hub, port: (server.address() as AddressInfo).port, endings };
}

/**
 * Resolves once a condition holds; it is looked at whenever the hub says that something happened.
 */
export async function until(
  hub: Hub,
  name: "connect" | "disconnect" | "lagging",
  holds: () => boolean,
): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = hub.on(name, () => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

/** Texts of random length, each one different. */
export function payloads(count: number, size: (index: number) => number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}:${"x".repeat(size(index))}`);
}

/** Publishes in bursts, and lets the network have its turn between them. */
export async function publishAll(hub: Hub, data: readonly string[], burst: number): Promise<void> {
  for (let at = 0; at < data.length; at += burst) {
    await Promise.all(data.slice(at, at + burst).map((text) => hub.publish("t", { data: text })));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Publishes large events until a condition holds, and at least a few: how much the system's buffers
 * of a connection take cannot be known.
 *
 * @returns what was published.
 */
export async function publishUntil(
  hub: Hub,
  holds: () => boolean,
  options: (index: number) => PublishOptions = () => ({}),
): Promise<string[]> {
  const sent: string[] = [];
  while (!holds() || sent.length < 40) {
    const data = `${sent.length}:${"x".repeat(65_536)}`;
    await hub.publish("t", { data }, options(sent.length));
    sent.push(data);
    // A deadline may be all that is waited for.
    await new Promise((resolve) => setTimeout(resolve, sent.length < 320 ? 0 : 10));
  }
  return sent;
}

/** Numbers from 0 up to 1 that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
