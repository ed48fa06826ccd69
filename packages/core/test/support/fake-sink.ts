import type { EventSink } from "../../src/index.js";

/** A transport in memory: it takes bytes only when the test says so. */
export class FakeSink implements EventSink {
  readonly writes: string[] = [];
  readonly closed: Promise<void>;
  closeCalls = 0;
  destroyCalls = 0;
  #queued = 0;
  #over = false;
  #resolveClosed = (): void => {};
  #waiting: (() => void)[] = [];

  constructor(readonly highWaterMark: number = Number.POSITIVE_INFINITY) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get text(): string {
    return this.writes.join("");
  }

  get room(): number {
    return this.highWaterMark - this.#queued;
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#queued += bytes.length;
    this.writes.push(new TextDecoder().decode(bytes));
  }

  drain(): Promise<void> {
    if (this.room > 0 || this.#over) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.closeCalls++;
    this.leave();
  }

  destroy(): void {
    this.destroyCalls++;
    this.leave();
  }

  /** The client takes what is queued, or that many bytes of it. */
  take(bytes = this.#queued): void {
    this.#queued -= bytes;
    if (this.room <= 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The transport closes, as when the client leaves. */
  leave(): void {
    this.#over = true;
    this.#resolveClosed();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
