import type { EventSink } from "@sse/core";
import { systemTimers } from "@sse/core/internal";
import { checkSinkOptions } from "@sse/hub/adapter";
import { cutOff } from "./errors.js";
import { PulledBody } from "./pulled-body.js";
import { afterTurn, currentTurn, isCurrentTurn } from "./turns.js";

/** Options of {@link WebSink}. */
export interface WebSinkOptions {
  /**
   * Bytes that may be queued for the client, in this process, before the sink is full. Default
   * 65536.
   */
  highWaterMark?: number | undefined;
  /**
   * Milliseconds that {@link WebSink.close} gives the client to take what was written. Default
   * 5000.
   */
  closeTimeout?: number | undefined;
  /** Called just before the first byte is written: the time to return the response. */
  onStart?: ((sink: WebSink) => void) | undefined;
}

/**
 * Milliseconds after the first byte in which a server begins to read the body. A response that is
 * still unread then has been replaced by middleware, which neither reads nor cancels it.
 */
const unreadTimeout = 10_000;

const optionNames = ["highWaterMark", "closeTimeout", "onStart"];

const ignore = (): void => {};

/**
 * The bytes of one event stream as the body of a Fetch `Response`: the only code here that writes
 * to a `ReadableStream`. The client's leaving shows as a canceled body, or, where the server tells
 * earlier, as an aborted signal.
 */
// Over 25 members: each further object would cost memory for every client.
export class WebSink implements EventSink {
  readonly closed: Promise<void>;

  readonly #options: WebSinkOptions;
  readonly #highWaterMark: number;
  readonly #body: PulledBody;
  /** The turn of the event loop of the last write, and the bytes of that turn. */
  #turn = -1;
  #turnBytes = 0;
  #signal: AbortSignal | undefined;
  /** The time at which the first byte was written, until the server has asked for it. */
  #unreadSince: number | undefined;
  #drained: Promise<void> | undefined;
  #resolveDrained: () => void = ignore;
  #resolveClosed: () => void = ignore;
  #closeDeadline: unknown;
  #bytesWritten = 0;
  #started = false;
  #state: "open" | "ending" | "over" = "open";

  /** @throws {SseError} `invalid-option` for an unknown option, or a value out of its range. */
  constructor(options: WebSinkOptions = {}) {
    checkSinkOptions("new WebSink", options, optionNames);
    this.#options = options;
    this.#highWaterMark = options.highWaterMark ?? 65_536;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#body = new PulledBody({
      onPull: () => this.#onPull(),
      onEnd: () => this.release(),
      onCancel: () => this.release(),
    });
  }

  /** The body of the response. */
  get body(): ReadableStream<Uint8Array> {
    return this.#body.readable;
  }

  /** Whether a byte was written, or the sink was closed in order before it: there is a response. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether the transport has closed: as {@link closed}, at this moment. */
  get over(): boolean {
    return this.#state === "over";
  }

  /** Bytes written so far. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get room(): number {
    // Some servers take everything at once: without the second count a producer could write without
    // end in one turn.
    const { unsentBytes } = this.#body;
    const written = isCurrentTurn(this.#turn) ? Math.max(unsentBytes, this.#turnBytes) : unsentBytes;
    return this.#highWaterMark - written;
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    if (!this.#started) this.#start();
    if (this.#isUnread()) this.destroy();
    else {
      const turn = currentTurn();
      this.#turnBytes = bytes.byteLength + (this.#turn === turn ? this.#turnBytes : 0);
      this.#turn = turn;
      this.#bytesWritten += bytes.byteLength;
      this.#body.write(bytes);
    }
  }

  drain(): Promise<void> {
    if (this.over || this.room > 0) return Promise.resolve();
    if (this.#drained === undefined) {
      this.#drained = new Promise((resolve) => {
        this.#resolveDrained = resolve;
      });
      this.#notifyDrain();
    }
    return this.#drained;
  }

  close(): void {
    if (this.#state !== "open") return;
    if (!this.#started) this.#start();
    this.#state = "ending";
    const { closeTimeout = 5000 } = this.#options;
    this.#closeDeadline = systemTimers.setTimeout(() => this.destroy(), closeTimeout);
    this.#body.end();
  }

  destroy(): void {
    if (this.over) return;
    this.#body.error(cutOff());
    this.release();
  }

  /**
   * Closes the sink when the client's leaving shows in a signal, such as `request.signal`: before
   * the body is read nothing else shows it. For one signal.
   */
  watch(signal: AbortSignal): void {
    if (this.over) return;
    this.#signal = signal;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Closes the sink and leaves the body as it is: for a response that is not sent. */
  release(): void {
    if (this.over) return;
    this.#state = "over";
    this.#body.drop();
    systemTimers.clearTimeout(this.#closeDeadline);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#resolveDrained();
    this.#resolveClosed();
  }

  #start(): void {
    this.#started = true;
    this.#unreadSince = performance.now();
    this.#options.onStart?.(this);
  }

  #isUnread(): boolean {
    return this.#unreadSince !== undefined && performance.now() - this.#unreadSince > unreadTimeout;
  }

  #onPull(): void {
    this.#unreadSince = undefined;
    this.#notifyDrain();
  }

  #notifyDrain(): void {
    if (this.#drained === undefined) return;
    if (this.room > 0) {
      this.#drained = undefined;
      this.#resolveDrained();
    } else if (this.#body.unsentBytes < this.#highWaterMark) {
      // Only this turn is full, so no pull will follow.
      afterTurn?.(() => this.#notifyDrain());
    }
  }

  /** Closes in order, because frameworks log the error of a body. */
  readonly #onAbort = (): void => {
    this.#body.close();
    this.release();
  };
}
