import type { ParsedEvent, SseError } from "@sse/core";
import type { EventSourceRequest } from "../options.js";
import type { ConnectionEvents, Receiver, Transport } from "../transport/transport.js";
import type { Step } from "./history.js";
import { type FollowerMessage, type LeaderMessage, type StatusMessage, serializeError } from "./messages.js";
import type { Replica } from "./replica.js";

/** The tab that holds the connection. It receives what its transport reports, for all tabs. */
export class Leader implements Receiver {
  readonly transport: Transport;
  readonly counters: Receiver["counters"];
  readonly report: Receiver["report"];
  readonly resumePoint: Receiver["resumePoint"] = {
    resumeFrom: async () => this.#replica.received,
    commit: (id = this.#replica.received) => {
      const { received } = this.#replica;
      if (id !== received) this.#publish({ before: received, after: id });
      return undefined;
    },
  };

  readonly #replica: Replica;
  readonly #receiver: Receiver;
  readonly #post: (message: LeaderMessage) => void;
  readonly #term: number;
  /** The status for a tab that joins. */
  #current: StatusMessage[] = [];
  #requested = false;

  /**
   * @param receiver this tab's own.
   * @param createOwn creates the connection.
   * @param term higher than that of every leader before.
   */
  constructor(
    replica: Replica,
    receiver: Receiver,
    createOwn: (receiver: Receiver) => Transport,
    post: (message: LeaderMessage) => void,
    term: number,
  ) {
    this.#replica = replica;
    this.#receiver = receiver;
    this.counters = receiver.counters;
    this.report = receiver.report;
    this.#post = post;
    this.#term = term;
    this.transport = createOwn(this);
  }

  /** Receives a message of a follower. */
  receive(message: FollowerMessage): void {
    const { history, received } = this.#replica;
    if ("wake" in message) this.transport.wake();
    if (!("resumeAfter" in message)) return;
    const { resumeAfter, from: to, joining } = message;
    const answer = { term: this.#term, to };
    if (joining) {
      if (this.#requested) this.#post({ ...answer, requested: true });
      for (const status of this.#current) this.#post({ ...answer, status });
    }
    // A tab without an id starts at the head, as it would with a connection of its own.
    const missed = resumeAfter && resumeAfter !== received && history.after(resumeAfter);
    if (missed) for (const step of missed) this.#post({ ...answer, step });
    else this.#post({ ...answer, position: received });
  }

  get method(): string {
    return this.#receiver.method;
  }

  requestPrepared(request?: EventSourceRequest): void {
    this.#receiver.requestPrepared(request);
    this.#requested = true;
    this.#post({ term: this.#term, requested: true });
  }

  deliver(event: ParsedEvent): undefined {
    this.#publish({ before: this.#replica.received, after: event.lastEventId, event });
  }

  skipEvent(error: SseError): void {
    this.#publishStatus({ name: "skip", error: serializeError(error) });
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void {
    const { error, ...rest } = { ...info } as { error?: never };
    this.#publishStatus({ name, info: rest, error: serializeError(error) });
  }

  commentReceived(comment: string): void {
    this.#publishStatus({ name: "comment", info: { comment } });
  }

  end(error?: SseError): void {
    this.#publishStatus({ name: "end", error: serializeError(error) });
  }

  #publish(step: Step): void {
    this.#post({ term: this.#term, step });
    this.#replica.apply(step);
  }

  #publishStatus(status: StatusMessage): void {
    const { name } = status;
    if (name === "connecting" || name === "reconnecting") this.#current = [];
    if (name === "open" || name === "live") this.#current.push(status);
    this.#post({ term: this.#term, status });
    this.#replica.applyStatus(status);
  }
}
