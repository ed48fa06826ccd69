import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { withTimeout } from "@sse/core/internal";
import { noConsumerLeft } from "../errors.js";
import { openManager } from "./connections.js";
import { agreeOnEpoch } from "./epoch.js";
import type { EpochStore } from "./epoch-store.js";
import type { Lifetime } from "./lifetime.js";
import type { VerifyContext } from "./verify-context.js";

/** The engine as it was verified on one connection. Nothing is read or appended before that. */
export interface Session {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly epoch: string;
  /** The store that has the epoch. */
  readonly store: EpochStore;
  /** The stream when the session started. */
  readonly info: StreamInfo;
  readonly lifetime: Lifetime;
}

type SessionContext = Omit<VerifyContext, "nc" | "jsm" | "signal"> & Pick<Session, "lifetime">;

/**
 * Verifies the engine on a connection.
 *
 * @throws (as a rejection) if the engine cannot be used, or does not answer in time.
 */
export async function openSession(nc: NatsConnection, context: SessionContext): Promise<Session> {
  const { commandTimeout, clock } = context.settings;
  return withTimeout(verify(nc, context), {
    milliseconds: commandTimeout * 2,
    timers: clock,
    onTimeout: () => new Error("the server did not respond in time"),
    signal: context.lifetime.signal,
  });
}

async function verify(nc: NatsConnection, context: SessionContext): Promise<Session> {
  const { settings, subjects, seen, lifetime } = context;
  const { signal } = lifetime;
  const jsm = await openManager(nc, settings);
  const { epoch, store, info } = await agreeOnEpoch({ nc, jsm, settings, subjects, seen, signal });
  const { max_consumers: max } = info.config;
  if (max > 0 && info.state.consumer_count >= max) throw noConsumerLeft(settings.stream, max);
  return { nc, jsm, epoch, store, info, lifetime };
}
