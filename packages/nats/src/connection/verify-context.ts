import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import type { Seen } from "./seen.js";

/** The inputs of a verification of the engine. */
export interface VerifyContext {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly settings: NatsLogSettings;
  readonly subjects: Subjects;
  readonly seen: Seen;
  /** Aborts when the connection is lost or the log is closed. */
  readonly signal: AbortSignal;
}
