import { type EventSink, EventStream, type EventStreamOptions } from "@sse/core";
import type { ManualClock } from "./clock.js";
import { readWire, type WireBlock } from "./wire-reader.js";

/** A transport in memory: it has limited room, and the client takes bytes when a test says so. */
export class FakeSink implements EventSink {
  readonly closed: Promise<void>;
  /** Everything written, one array a write. */
  readonly writes: Uint8Array[] = [];
  /** Whether the client takes all bytes at once. */
  flowing = true;
  over = false;
  /** The way in which the hub's side ended it. */
  ending: "closed" | "destroyed" | undefined;
  onWrite: (bytes: Uint8Array) => void = () => {};
  readonly #capacity: number;
  #queued = 0;
  #waiting: (() => void)[] = [];
  #resolveClosed: () => void = () => {};

  constructor(capacity = 65_536) {
    this.#capacity = capacity;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get room(): number {
    return this.#capacity - this.#queued;
  }

  write(bytes: Uint8Array): void {
    if (this.over) return;
    this.writes.push(bytes);
    if (!this.flowing) this.#queued += bytes.byteLength;
    this.onWrite(bytes);
  }

  writeText(text: string): void {
    this.write(new TextEncoder().encode(text));
  }

  drain(): Promise<void> {
    if (this.over || this.room > 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.ending ??= "closed";
    this.leave();
  }

  destroy(): void {
    this.ending ??= "destroyed";
    this.leave();
  }

  /** The client takes no more bytes. */
  stall(): void {
    this.flowing = false;
  }

  /** The client takes bytes that wait, by default all. */
  take(bytes: number = this.#queued): void {
    this.#queued = Math.max(0, this.#queued - bytes);
    if (this.room > 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The client takes what waits, and from now on all bytes at once. */
  flow(): void {
    this.flowing = true;
    this.take();
  }

  /** The transport closes, as when the client goes away. */
  leave(): void {
    if (this.over) return;
    this.over = true;
    this.#resolveClosed();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The blocks that a client reads from everything written. */
  get blocks(): WireBlock[] {
    return readWire(...this.writes).blocks;
  }

  /** The `Last-Event-ID` that a client which has seen all of it would show. */
  get lastEventId(): string {
    return readWire(...this.writes).lastEventId;
  }

  get text(): string {
    return this.writes.map((bytes) => new TextDecoder().decode(bytes)).join("");
  }
}

/** A stream over a fake sink. */
export function openStream(
  clock: ManualClock,
  { capacity, ...options }: EventStreamOptions & { capacity?: number } = {},
): { stream: EventStream; sink: FakeSink } {
  const sink = new FakeSink(capacity);
  return { sink, stream: new EventStream(sink, { timers: clock, ...options }) };
}
