import type { StreamInfo } from "@nats-io/jetstream";
import type { Subscription } from "@nats-io/nats-core";
import { Sleep } from "@sse/hub/log";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import { findDivergence } from "./history.js";
import type { Seen } from "./seen.js";
import type { Session } from "./session.js";
import { identityOf, leaderInfo } from "./stream.js";

/** Receives the results of a {@link Monitor}. */
export interface MonitorListener {
  /** The stream is a continuation of what was seen. */
  checked(info: StreamInfo): void;
  /** The stream is not what it was, or does not answer. */
  failed(error: unknown): void;
}

/** The inputs of a {@link Monitor}. */
export interface MonitorContext {
  readonly settings: NatsLogSettings;
  readonly subjects: Subjects;
  readonly seen: Seen;
}

/**
 * The number of checks in a row that may fail for another reason than a changed history, such as an
 * election.
 */
const maxFailures = 2;

/**
 * Checks a session's stream and epoch at the start and at every heartbeat, so that every instance
 * notices a leader with another history and a new epoch, whether or not it publishes and whether or
 * not a message reports it. Ends with the session.
 */
export class Monitor {
  readonly #session: Session;
  readonly #context: MonitorContext;
  readonly #listener: MonitorListener;
  readonly #sleep: Sleep;
  readonly #epochs: Subscription;

  constructor(session: Session, context: MonitorContext, listener: MonitorListener) {
    this.#session = session;
    this.#context = context;
    this.#listener = listener;
    this.#sleep = new Sleep(context.settings.clock);
    this.#epochs = this.#watchEpochs();
    session.lifetime.signal.addEventListener("abort", () => this.#end());
    void this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#session.lifetime;
    let failures = 0;
    // The first check finds an epoch that was announced between its agreement and the subscription.
    while (!signal.aborted) {
      try {
        const info = await this.#check();
        failures = 0;
        if (!signal.aborted) this.#listener.checked(info);
      } catch (error) {
        failures += 1;
        if (signal.aborted) return;
        if (error instanceof ChangedHistory || failures > maxFailures) this.#listener.failed(error);
      }
      await this.#sleep.for(this.#context.settings.heartbeat);
    }
  }

  async #check(): Promise<StreamInfo> {
    const { nc, jsm, epoch, store, info: before } = this.#session;
    const { settings, seen } = this.#context;
    if ((await store.read()).record?.epoch !== epoch) throw new ChangedHistory("is in another epoch");
    const state = seen.state(epoch);
    const info = await leaderInfo(nc, jsm, settings.stream);
    if (identityOf(info) !== identityOf(before)) throw new ChangedHistory("is another one");
    const divergence = await findDivergence(jsm, info, state);
    if (divergence === "shorter") throw new ChangedHistory("ends before what was seen of it");
    if (divergence === "rewritten") throw new ChangedHistory("has another entry where the last one was seen");
    return info;
  }

  /** Another instance may have started a new epoch. */
  #watchEpochs(): Subscription {
    const { nc, epoch } = this.#session;
    return nc.subscribe(this.#context.subjects.epochChanged, {
      callback: (_error, message) => {
        if (message?.data === undefined || message.string() === epoch) return;
        this.#listener.failed(new Error("another instance has found that the engine lost entries"));
      },
    });
  }

  #end(): void {
    this.#sleep.close();
    this.#epochs.unsubscribe();
  }
}

/**
 * The stream is not a continuation of what was seen. A new verification decides what that means.
 */
class ChangedHistory extends Error {
  constructor(what: string) {
    super(`the stream ${what}`);
  }
}
