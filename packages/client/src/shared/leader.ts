import type { ParsedEvent, SseError } from "@sse/core";
import type { EventSourceRequest } from "../options.js";
import type { ConnectionEvents, Receiver, Transport } from "../transport/transport.js";
import type { Step } from "./history.js";
import { type Message, type StatusMessage, serializeError } from "./messages.js";
import type { Replica } from "./replica.js";

/** The tab that holds the connection. It receives what its transport reports, for all tabs. */
export class Leader implements Receiver {
  readonly transport: Transport;

  readonly #replica: Replica;
  readonly #receiver: Receiver;
  readonly #post: (message: Message) => void;
  /** The status for a tab that joins. */
  #current: StatusMessage[] = [];

  /**
   * @param receiver this tab's own.
   * @param createOwn creates the connection.
   */
  constructor(
    replica: Replica,
    receiver: Receiver,
    createOwn: (receiver: Receiver) => Transport,
    post: (message: Message) => void,
  ) {
    this.#replica = replica;
    this.#receiver = receiver;
    this.#post = post;
    this.transport = createOwn(this);
  }

  /** Receives a message of a follower. */
  receive(message: Message): void {
    const { history, received } = this.#replica;
    if ("wake" in message) this.transport.wake();
    if (!("resumeAfter" in message)) return;
    const { resumeAfter, from: to, joining } = message;
    if (joining) for (const status of this.#current) this.#post({ status, to });
    if (resumeAfter === received) return;
    // A tab without an id starts at the head, as it would with a connection of its own.
    const missed = resumeAfter && history.after(resumeAfter);
    if (missed) for (const step of missed) this.#post({ step, to });
    else this.#post({ position: received, to });
  }

  async resumeFrom(): Promise<string> {
    return this.#replica.received;
  }

  requestPrepared(request: EventSourceRequest): void {
    this.#receiver.requestPrepared(request);
  }

  bytesReceived(bytes: number): void {
    this.#receiver.bytesReceived(bytes);
  }

  deliver(event: ParsedEvent): undefined {
    this.#publish({ before: this.#replica.received, after: event.lastEventId, event });
  }

  commit(lastEventId: string = this.#replica.received): undefined {
    const { received } = this.#replica;
    if (lastEventId !== received) this.#publish({ before: received, after: lastEventId });
  }

  skipEvent(error: SseError): void {
    this.#publishStatus({ name: "skip", error: serializeError(error) });
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void {
    const { error, ...rest } = { ...info } as { error?: never };
    this.#publishStatus({ name, info: rest, error: serializeError(error) });
  }

  handlerError(error: unknown): void {
    this.#receiver.handlerError(error);
  }

  end(error?: SseError): void {
    this.#publishStatus({ name: "end", error: serializeError(error) });
  }

  #publish(step: Step): void {
    this.#post({ step });
    this.#replica.apply(step);
  }

  #publishStatus(status: StatusMessage): void {
    const { name } = status;
    if (name === "connecting" || name === "reconnecting") this.#current = [];
    if (name === "open" || name === "live") this.#current.push(status);
    this.#post({ status });
    this.#replica.applyStatus(status);
  }
}
