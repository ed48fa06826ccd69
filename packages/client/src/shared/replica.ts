import type { EndInfo } from "@sse/core";
import type { Receiver } from "../transport/transport.js";
import { type History, type Step, sizeOf } from "./history.js";
import { deserializeError, type StatusMessage } from "./messages.js";

/** The maximum number of characters that wait for the consumers of a tab: 32 MiB at most. */
const maxWaiting = 16 * 1024 * 1024;

/** The characters that an item counts besides its own, for its objects. */
const itemOverhead = 256;

type InboxItem = Step | StatusMessage;

/**
 * A tab's copy of the stream: the id that it has reached, and what waits to be delivered. Where the
 * consumers are stuck, the events that wait are dropped at a limit, and reported as a gap.
 */
export class Replica {
  /** The id up to which everything has been received, delivered or not. */
  received: string;
  /** The last steps received. */
  readonly history: History;

  readonly #receiver: Receiver;
  readonly #unwanted: AbortSignal;
  /** The items that wait, the oldest first, behind those of the outbox. */
  #inbox: InboxItem[] = [];
  /**
   * The items that wait, the oldest last. Not one set for both: what was removed from it would be
   * kept for as long as a loop over it waits.
   */
  #outbox: InboxItem[] = [];
  /** The size of what waits, in characters. */
  #waiting = 0;
  #delivering: Promise<void> | undefined;

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
    this.#enqueue(step);
    return true;
  }

  /** Applies a change of the connection, in its order among the events. */
  applyStatus(status: StatusMessage): void {
    this.#enqueue(status);
  }

  /** Skips to an id, and reports a gap if events are missed. */
  skipTo(id: string): void {
    const requested = this.received;
    this.received = id;
    if (requested !== "") {
      this.applyStatus({ name: "gap", info: { reason: "unknown", requested, oldest: null } });
    }
    this.#enqueue({ before: requested, after: id });
  }

  #enqueue(item: InboxItem): void {
    const size = inboxSizeOf(item);
    if (this.#waiting + size > maxWaiting) this.#dropWaiting();
    this.#inbox.push(item);
    this.#waiting += size;
    this.#delivering ??= Promise.resolve().then(() => this.#deliverAll());
  }

  async #deliverAll(): Promise<void> {
    for (let item = this.#take(); item; item = this.#take()) {
      this.#waiting -= inboxSizeOf(item);
      if (this.#unwanted.aborted) continue;
      if (isStep(item)) await this.#deliver(item);
      else this.#report(item);
    }
    this.#delivering = undefined;
  }

  /** Removes the oldest item. */
  #take(): InboxItem | undefined {
    if (this.#outbox.length === 0) {
      this.#outbox = this.#inbox.reverse();
      this.#inbox = [];
    }
    return this.#outbox.pop();
  }

  /** Drops the steps that wait. What else waits is reported at once. */
  #dropWaiting(): void {
    const items = [...this.#outbox.reverse(), ...this.#inbox];
    this.#inbox = [];
    this.#outbox = [];
    this.#waiting = 0;
    for (const item of items) if (!isStep(item)) this.#report(item);
    const lost = items.filter(isStep).find(({ event }) => event);
    if (lost)
      this.#report({ name: "gap", info: { reason: "evicted", requested: lost.before, oldest: null } });
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

function isStep(item: InboxItem): item is Step {
  return "after" in item;
}

function inboxSizeOf(item: InboxItem): number {
  if (isStep(item)) return itemOverhead + sizeOf(item);
  // A server sends their details, in events of any size.
  return itemOverhead + JSON.stringify(item).length;
}
