import type { EndInfo } from "@sse/core";
import type { Receiver } from "../transport/transport.js";
import type { History, Step } from "./history.js";
import { deserializeError, type StatusMessage } from "./messages.js";

/**
 * A tab's copy of the stream: the id that it has reached, and the events that wait to be delivered.
 */
export class Replica {
  /** The id up to which everything has been received, delivered or not. */
  received: string;
  /** The last steps received. */
  readonly history: History;

  readonly #receiver: Receiver;
  readonly #unwanted: AbortSignal;
  #inbox: Promise<void> = Promise.resolve();

  /**
   * @param received the id at which the copy starts.
   * @param unwanted aborts when the copy is no longer wanted.
   */
  constructor(receiver: Receiver, received: string, history: History, unwanted: AbortSignal) {
    this.#receiver = receiver;
    this.received = received;
    this.history = history;
    this.#unwanted = unwanted;
  }

  /** Applies the step after the received ones. Returns `false` if it is not that step. */
  apply(step: Step): boolean {
    if (step.before !== this.received) return false;
    this.received = step.after;
    this.history.add(step);
    this.#enqueue(() => this.#deliver(step));
    return true;
  }

  /** Applies a change of the connection, in its order among the events. */
  applyStatus(status: StatusMessage): void {
    this.#enqueue(() => this.#report(status));
  }

  /** Skips to an id, and reports a gap if events are missed. */
  skipTo(id: string): void {
    const requested = this.received;
    this.received = id;
    if (requested !== "") {
      this.applyStatus({ name: "gap", info: { reason: "unknown", requested, oldest: null } });
    }
    this.#enqueue(() => this.#receiver.resumePoint.commit(id));
  }

  #enqueue(task: () => unknown): void {
    this.#inbox = this.#inbox.then(async () => {
      if (!this.#unwanted.aborted) await task();
    });
  }

  async #deliver({ event, after }: Step): Promise<void> {
    // A copy: the application may change it, and other tabs may need this one.
    if (event) await this.#receiver.deliver({ ...event }, this.#unwanted);
    await this.#receiver.resumePoint.commit(this.#unwanted.aborted ? undefined : after);
  }

  #report({ name, info, error }: StatusMessage): void {
    const failure = error && deserializeError(error);
    if (name === "end") this.#receiver.end(failure, info as EndInfo | undefined);
    else if (name === "skip") this.#receiver.skipEvent(failure!);
    else if (name === "comment") this.#receiver.commentReceived((info as { comment: string }).comment);
    else this.#receiver.emit(name, { ...info, ...(failure && { error: failure }) } as never);
  }
}
