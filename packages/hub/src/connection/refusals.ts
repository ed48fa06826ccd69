import { type EventStream, type RefusalReason, refuse } from "@sse/core";
import type { HubConnection } from "../subscription.js";
import { Connection, type ConnectionContext, type ConnectionInfo } from "./connection.js";

/** Reconnection time of a refused client in milliseconds, at random between these. */
const refusalRetry = { min: 5_000, max: 15_000 };

/** Clients that may be in the course of being refused. Further ones are cut off at once. */
const maxOpenRefusals = 1_000;

/** Refuses clients, and bounds how many refusals are open at a time. */
export class Refusals {
  readonly #context: ConnectionContext;
  readonly #minRetry: () => number;
  #open = 0;

  /** @param minRetry returns the milliseconds for which a client would be refused again. */
  constructor(context: ConnectionContext, minRetry: () => number) {
    this.#context = context;
    this.#minRetry = minRetry;
  }

  /**
   * Refuses a client softly: the stream ends with the reason and a reconnection time.
   *
   * @returns a connection that is closed.
   * @throws {SseError} `refused` if `limits.refusal` is `status`, or without control events.
   */
  refuse(stream: EventStream, info: ConnectionInfo, reason: RefusalReason): HubConnection {
    const { counters, hooks } = this.#context;
    const retry = this.#retry();
    counters.refused += 1;
    hooks.emit("refused", { user: info.user, reason });
    this.#requireSoft(info, retry);
    const connection = new Connection(stream, info, this.#context);
    if (this.#open >= maxOpenRefusals) {
      connection.destroy();
      return connection;
    }
    this.#open += 1;
    void connection.done.then(() => {
      this.#open -= 1;
    });
    connection.refuse(reason, retry);
    return connection;
  }

  /**
   * Checks that a client would be refused softly, and refuses nothing.
   *
   * @throws {SseError} as {@link refuse}.
   */
  probe(info: ConnectionInfo): void {
    this.#requireSoft(info, this.#retry());
  }

  #requireSoft({ controlEvents }: ConnectionInfo, retry: number): void {
    if (this.#context.readers.settings.limits.refusal !== "status" && controlEvents) return;
    throw refuse(503, { headers: { "Retry-After": String(Math.ceil(retry / 1_000)) } });
  }

  #retry(): number {
    const { min, max } = refusalRetry;
    const { clock } = this.#context.readers.settings;
    return Math.round(this.#minRetry() + min + clock.random() * (max - min));
  }
}
