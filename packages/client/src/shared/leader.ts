import type { EndInfo, ParsedEvent, SseError } from "@sse/core";
import type { ClientClock } from "../clock.js";
import type { EventSourceRequest } from "../options.js";
import type { ConnectionEvents, Receiver, Transport } from "../transport/transport.js";
import type { Step } from "./history.js";
import { type FollowerMessage, type LeaderContent, type StatusMessage, serializeError } from "./messages.js";
import type { Replica } from "./replica.js";

/** Milliseconds for which the id of another tab may still arrive here. */
const idTimeout = 1_000;

/** A tab with an id that the leader has not received. */
interface AheadTab {
  readonly id: string;
  readonly timer: unknown;
}

/**
 * The tab that holds the connection. It receives what its transport reports, for all tabs.
 *
 * Over 25 members: eleven are the contract of a receiver.
 */
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
  readonly #post: (content: LeaderContent, to?: string) => void;
  /** The status for a tab that joins. */
  #current: StatusMessage[] = [];
  #requested = false;
  readonly #clock: ClientClock;
  /** The tabs that may be ahead: an id may come with a page before its event comes here. */
  readonly #ahead = new Map<string, AheadTab>();

  /**
   * @param receiver this tab's own.
   * @param createOwn creates the connection.
   * @param post sends to the tab `to`; without it, to all.
   */
  constructor(
    replica: Replica,
    receiver: Receiver,
    createOwn: (receiver: Receiver) => Transport,
    post: (content: LeaderContent, to?: string) => void,
    clock: ClientClock,
  ) {
    this.#clock = clock;
    this.#replica = replica;
    this.#receiver = receiver;
    this.counters = receiver.counters;
    this.report = receiver.report;
    this.#post = post;
    this.transport = createOwn(this);
  }

  /** Receives a message of a follower. */
  receive(message: FollowerMessage): void {
    const { history, received } = this.#replica;
    if ("wake" in message) this.transport.wake();
    if (!("resumeAfter" in message)) return;
    const { resumeAfter, from, joining } = message;
    if (joining) {
      if (this.#requested) this.#post({ requested: true }, from);
      for (const status of this.#current) this.#post({ status }, from);
    }
    // A tab without an id starts at the head, as it would with a connection of its own.
    const missed = resumeAfter && resumeAfter !== received && history.after(resumeAfter);
    if (missed) for (const step of missed) this.#post({ step }, from);
    else if (resumeAfter && resumeAfter !== received) this.#awaitId(resumeAfter, from);
    else this.#post({ position: received }, from);
  }

  /** Ends the waits for ids, without a response. */
  close(): void {
    for (const { timer } of this.#ahead.values()) this.#clock.clearTimeout(timer);
    this.#ahead.clear();
  }

  get method(): string {
    return this.#receiver.method;
  }

  requestPrepared(request?: EventSourceRequest): void {
    this.#receiver.requestPrepared(request);
    this.#requested = true;
    this.#post({ requested: true });
  }

  deliver(event: ParsedEvent): undefined {
    this.#publish({ before: this.#replica.received, after: event.lastEventId, event });
  }

  skipEvent(error: SseError): void {
    this.#publishStatus("skip", undefined, error);
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void {
    const { error, ...rest } = { ...info } as { error?: SseError };
    this.#publishStatus(name, rest, error);
  }

  commentReceived(comment: string): void {
    this.#publishStatus("comment", { comment });
  }

  resumesByGet(): void {
    this.#receiver.resumesByGet();
  }

  end(error?: SseError, run?: EndInfo): void {
    this.#publishStatus("end", run, error);
  }

  /** Responds to a tab once its id has arrived; after a time, that its id is not known. */
  #awaitId(id: string, from: string): void {
    this.#clock.clearTimeout(this.#ahead.get(from)?.timer);
    this.#ahead.set(from, { id, timer: this.#clock.setTimeout(() => this.#answer(from), idTimeout) });
  }

  #answer(from: string): void {
    this.#clock.clearTimeout(this.#ahead.get(from)?.timer);
    this.#ahead.delete(from);
    this.#post({ position: this.#replica.received }, from);
  }

  #publish(step: Step): void {
    this.#post({ step });
    this.#replica.apply(step);
    for (const [from, { id }] of this.#ahead) if (id === step.after) this.#answer(from);
  }

  #publishStatus(name: StatusMessage["name"], info?: object, error?: SseError): void {
    const status = { name, info, error: serializeError(error) };
    if (name === "connecting" || name === "reconnecting") this.#current = [];
    if (name === "open" || name === "live")
      this.#current = [...this.#current.filter((other) => other.name !== name), status];
    this.#post({ status });
    this.#replica.applyStatus(status);
  }
}
