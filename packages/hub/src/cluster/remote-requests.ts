import type { EndState } from "@sse/core";
import type { HubClock } from "../clock.js";
import { changeTopicsOf, type TopicChange, type TopicChangeResult } from "../connection/topic-change.js";
import { Sleep } from "../sleep.js";
import type { HubConnection } from "../subscription.js";
import { instanceUnreachable, tooManyRequests } from "./errors.js";
import type { BusMessage, RemoteRequest, RemoteResponse } from "./messages.js";
import { RemoteConnection } from "./remote-connection.js";

/** Milliseconds that an instance has to respond, which needs two deliveries. */
const responseTimeout = 2_000;

/** The maximum number of requests of one kind that wait for a response. */
const maxPending = 1_000;

/** The parts of a hub that remote requests need. */
export interface RemoteRequestContext {
  /** The id of this instance. */
  readonly instance: string;
  readonly clock: HubClock;
  /** The connections to this instance, by id. */
  readonly connections: ReadonlyMap<string, HubConnection>;
  /** Cancels a run whose producer is this instance; `undefined` if there is none. */
  readonly cancelRun: (run: string, reason: string | undefined) => Promise<EndState> | undefined;
  /** Resolves to whether the bus has accepted the message. */
  send(message: BusMessage): Promise<boolean>;
}

interface PendingRequest {
  readonly kind: RemoteRequest["kind"];
  /** The instance that is to respond. */
  readonly instance: string;
  sent: boolean;
  response: RemoteResponse | undefined;
  /** Ends the wait. */
  finish(): void;
}

/**
 * Sends requests about single connections and runs to the instance that has them, and responds to
 * those of others. One instance is asked and always responds, so a request costs the others
 * nothing.
 */
export class RemoteRequests {
  readonly #context: RemoteRequestContext;
  readonly #pending = new Map<string, PendingRequest>();
  /** By connection: many requests for one of them are one request. */
  readonly #findings = new Map<string, Promise<RemoteConnection | undefined>>();

  constructor(context: RemoteRequestContext) {
    this.#context = context;
  }

  /**
   * Finds a connection of an instance; resolves to `undefined` if the instance has no such
   * connection or does not respond.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if it cannot be asked; `overloaded`.
   */
  find(connection: string, instance: string): Promise<RemoteConnection | undefined> {
    let finding = this.#findings.get(connection);
    if (finding === undefined) {
      finding = this.#find(connection, instance).finally(() => this.#findings.delete(connection));
      this.#findings.set(connection, finding);
    }
    return finding;
  }

  async #find(connection: string, instance: string): Promise<RemoteConnection | undefined> {
    const request = crypto.randomUUID();
    const response = await this.#request({ kind: "find", request, instance, connection });
    if (response?.kind !== "found" || response.connection === undefined) return undefined;
    return new RemoteConnection(connection, instance, response.connection);
  }

  /**
   * @throws {SseError} (as a rejection) `log-unavailable` if its instance cannot be asked, or does
   * not respond; `overloaded`.
   */
  async changeTopics(
    { id: connection, instance, user }: RemoteConnection,
    change: TopicChange,
  ): Promise<TopicChangeResult> {
    const request = crypto.randomUUID();
    const response = await this.#request({ kind: "change", request, instance, connection, user, change });
    if (response?.kind !== "changed") throw instanceUnreachable();
    return response.result;
  }

  /**
   * Asks an instance to cancel a run; resolves to the state in which it has ended, or `undefined`
   * if the instance does not produce it or does not respond.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` if it cannot be asked; `overloaded`.
   */
  async cancelRun(instance: string, run: string, reason: string | undefined): Promise<EndState | undefined> {
    const request = crypto.randomUUID();
    const response = await this.#request({ kind: "cancel-run", request, instance, run, reason });
    return response?.kind === "run-canceled" ? response.state : undefined;
  }

  /** Responds to a request, if it is addressed to this instance. */
  handleRequest(message: RemoteRequest): void {
    const { connections, send, instance } = this.#context;
    if (message.instance !== instance) return;
    const { request } = message;
    if (message.kind === "cancel-run") {
      void this.#cancelRun(message);
      return;
    }
    const connection = connections.get(message.connection);
    if (message.kind === "change")
      void send({ kind: "changed", request, result: change(connection, message) });
    else void send({ kind: "found", request, connection: connection && factsOf(connection) });
  }

  /** Receives a response. One that was not requested from this instance is ignored. */
  handleResponse(from: string, response: RemoteResponse): void {
    const pending = this.#pending.get(response.request);
    if (pending === undefined || pending.instance !== from) return;
    pending.response = response;
    pending.finish();
  }

  async #cancelRun({ request, run, reason }: Extract<RemoteRequest, { kind: "cancel-run" }>): Promise<void> {
    // Why it failed is reported here, and found there, where the run is then ended from outside.
    const state = await this.#context.cancelRun(run, reason)?.catch(() => undefined);
    void this.#context.send({ kind: "run-canceled", request, state });
  }

  /** Ends all waits. */
  close(): void {
    for (const { finish } of this.#pending.values()) finish();
  }

  /** Resolves to `undefined` without a response in time. */
  async #request(message: RemoteRequest): Promise<RemoteResponse | undefined> {
    const { kind, request, instance } = message;
    this.#requireCapacity(kind);
    const pending: PendingRequest = { kind, instance, sent: false, response: undefined, finish: () => {} };
    const finished = new Promise<void>((resolve) => {
      pending.finish = resolve;
    });
    this.#pending.set(request, pending);
    void this.#context.send(message).then((sent) => {
      pending.sent = sent;
      if (!sent) pending.finish();
    });
    await new Sleep(this.#context.clock).orUntil(finished, responseTimeout);
    this.#pending.delete(request);
    if (pending.response === undefined && !pending.sent) throw instanceUnreachable();
    return pending.response;
  }

  /** Counts each kind by itself, so that a flood of ids to find leaves changes alone. */
  #requireCapacity(kind: RemoteRequest["kind"]): void {
    let count = 0;
    for (const pending of this.#pending.values()) if (pending.kind === kind) count += 1;
    if (count >= maxPending) throw tooManyRequests(maxPending);
  }
}

/** A connection that has taken over the id since it was found may be another user's. */
function change(
  connection: HubConnection | undefined,
  { user, change }: Extract<RemoteRequest, { kind: "change" }>,
): TopicChangeResult {
  if (connection === undefined || connection.user !== user) return { refusal: "ended" };
  return changeTopicsOf(connection, change);
}

function factsOf({ user, topics, connectedAt }: HubConnection) {
  return { user, topics: [...topics], connectedAt: connectedAt.getTime() };
}
