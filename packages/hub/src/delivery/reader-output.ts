import type { EventSink } from "@sse/core";
import { writeText } from "@sse/core/internal";
import type { Position } from "../log/position.js";

/** One heartbeat, the same for all readers. */
export interface HeartbeatTick {
  readonly heartbeat: Uint8Array;
  /** The heartbeat of readers without control events. */
  readonly comment: Uint8Array;
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
  /** Whether the client receives `sse:*` events and id-only frames. */
  readonly controlEvents: boolean;
  /** Precedes everything else. */
  #preamble = "";
  #started = false;
  /** The last id that the client received. */
  #lastId: Position = "";
  /** Whether anything, and an id, was written since the last heartbeat. */
  #sinceTick = { anything: false, id: false };

  constructor(sink: EventSink, controlEvents: boolean) {
    this.#sink = sink;
    this.controlEvents = controlEvents;
  }

  get room(): number {
    return this.#sink.room;
  }

  /** Whether anything has been written. */
  get started(): boolean {
    return this.#started;
  }

  get lastId(): Position {
    return this.#lastId;
  }

  /** Sets what is written ahead of the first bytes, or by {@link start}. */
  prepare(preamble: string): void {
    this.#preamble = preamble;
  }

  /** Writes the preamble, unless that has been done. */
  start(): void {
    const preamble = this.#takePreamble();
    if (preamble !== "") writeText(this.#sink, preamble);
  }

  /** @param id the last id among the bytes, if there is one. */
  write(bytes: Uint8Array, id?: Position): void {
    if (!this.#started) this.start();
    this.#sink.write(bytes);
    this.#record(id);
  }

  /** Writes as {@link write} does, for what no other client receives. */
  writeText(text: string, id?: Position): void {
    writeText(this.#sink, this.#takePreamble() + text);
    this.#record(id);
  }

  /**
   * Keeps an idle connection open, and moves the id of a live reader's client past what it does not
   * follow.
   */
  writeHeartbeat({ heartbeat, comment, idFrame, head, always }: HeartbeatTick, live: boolean): void {
    const { anything, id } = this.#sinceTick;
    const idDue = this.controlEvents && live && !id && this.#lastId !== head;
    if (!anything && (always || !idDue)) this.write(this.controlEvents ? heartbeat : comment);
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

  #takePreamble(): string {
    const preamble = this.#preamble;
    this.#preamble = "";
    this.#started = true;
    return preamble;
  }

  #record(id: Position | undefined): void {
    this.#sinceTick.anything = true;
    if (id === undefined) return;
    this.#lastId = id;
    this.#sinceTick.id = true;
  }
}
