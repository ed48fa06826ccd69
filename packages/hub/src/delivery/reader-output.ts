import type { EventSink } from "@sse/core";
import type { Position } from "../log/position.js";

/** One heartbeat, the same for all readers. */
export interface HeartbeatTick {
  readonly heartbeat: Uint8Array;
  /** An id-only frame with `head`. */
  readonly idFrame: Uint8Array;
  /** The position up to which every live reader has received what matches. */
  readonly head: Position;
  /** Whether the heartbeat is due even where an id-only frame is written. */
  readonly always: boolean;
}

/** Writes to one client, and records what a heartbeat has to know about that. */
export class ReaderOutput {
  readonly #sink: EventSink;
  /** The last id that the client received. */
  #lastId: Position = "";
  /** What was written since the last heartbeat. */
  #sinceTick = { anything: false, id: false };

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  get room(): number {
    return this.#sink.room;
  }

  get lastId(): Position {
    return this.#lastId;
  }

  /** @param id the last id among the bytes, if there is one. */
  write(bytes: Uint8Array, id?: Position): void {
    this.#sink.write(bytes);
    this.#sinceTick.anything = true;
    if (id !== undefined) this.#recordId(id);
  }

  /** Keeps an idle connection open, and moves the id of a live reader's client past what it does not follow. */
  writeHeartbeat({ heartbeat, idFrame, head, always }: HeartbeatTick, live: boolean): void {
    const { anything, id } = this.#sinceTick;
    const idDue = live && !id && this.#lastId !== head;
    if (!anything && (always || !idDue)) this.#sink.write(heartbeat);
    if (idDue) this.write(idFrame, head);
  }

  endTick(): void {
    this.#sinceTick.anything = false;
    this.#sinceTick.id = false;
  }

  drain(): Promise<void> {
    return this.#sink.drain();
  }

  /** Closes the transport at once, and resolves once it has closed. */
  destroy(): Promise<void> {
    this.#sink.destroy();
    return this.#sink.closed;
  }

  #recordId(id: Position): void {
    this.#lastId = id;
    this.#sinceTick.id = true;
  }
}
