import { encodeComment, encodeEvent, type Serialize, type ServerSentEvent } from "./encode.js";
import { SseError } from "./errors.js";
import { requireDuration } from "./option-checks.js";
import { SendQueue } from "./send-queue.js";
import type { EventSink } from "./sink.js";
import { type Puller, pull } from "./source.js";
import { systemTimers, type Timers } from "./timers.js";
import { encodeUtf8 } from "./utf8.js";

/** Options of {@link EventStream}. */
export interface EventStreamOptions {
  /** Name of this stream, for logs and hubs. Default: a random UUID. */
  id?: string;
  /** Where the client wants to resume, see `getLastEventId`. Default `""`: it showed no id. */
  lastEventId?: string;
  /** How `data` becomes text. Default `'auto'`. */
  serialize?: Serialize;
  /** Milliseconds without a write after which a comment is sent, so that proxies and clients see life. Default 15000; 0: none. */
  heartbeat?: number;
  /**
   * Bytes of sends that may wait for room. Above it the client is disconnected and the sends return false. Only sends that nobody
   * awaits add up: a single one that waits is taken whatever its size. Default 1048576 (1 MiB).
   */
  maxQueuedBytes?: number;
  /** Milliseconds for which a client may take nothing while a send waits; then it is disconnected. Default 60000; 0: no limit. */
  stallTimeout?: number;
  /** Timers to use instead of the runtime's, for tests. */
  timers?: Timers;
}

/**
 * One client's open stream: events go in, their bytes leave through an {@link EventSink} in the order of the calls. Memory is
 * bounded: a send waits for room, and a client that takes nothing for too long is disconnected.
 */
export class EventStream {
  /** Name of this stream. */
  readonly id: string;
  /** The last event id that the client showed (hostile input); `""` when it showed none. */
  readonly lastEventId: string;
  /** Resolves once the transport has closed, whoever closed it. Never rejects. */
  readonly done: Promise<void>;

  readonly #sink: EventSink;
  readonly #serialize: Serialize;
  readonly #timers: Timers;
  readonly #heartbeat: number;
  readonly #maxQueuedBytes: number;
  readonly #stallTimeout: number;
  /** What waits for room, and ends the waits for the next event of a source. Made when needed: an idle stream has neither. */
  #queue: SendQueue | undefined;
  #leaveSources: Set<() => void> | undefined;
  #heartbeatTimer: unknown;
  #abort: AbortController | undefined;
  #closed = false;
  #attached = false;

  /** @throws {SseError} `invalid-option` for an option out of its range. */
  constructor(sink: EventSink, options: EventStreamOptions = {}) {
    this.#sink = sink;
    this.id = options.id ?? crypto.randomUUID();
    this.lastEventId = options.lastEventId ?? "";
    this.#serialize = options.serialize ?? "auto";
    this.#timers = options.timers ?? systemTimers;
    this.#heartbeat = requireDuration("heartbeat", options.heartbeat ?? 15_000);
    this.#maxQueuedBytes = checkedBytes(options.maxQueuedBytes ?? 1024 * 1024);
    this.#stallTimeout = requireDuration("stallTimeout", options.stallTimeout ?? 60_000);
    this.done = sink.closed.then(() => {
      this.#leave();
      this.#queue?.drop();
    });
    this.#restartHeartbeat();
  }

  /** Aborts at the moment at which {@link closed} becomes true: stop producing for this client. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#closed) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Whether the stream takes no more events: the client left, or {@link close} or {@link destroy} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends an event, waiting while the transport is full.
   *
   * @returns true once the transport has the bytes (no receipt from the client); false when the stream closed before that.
   * It never rejects because a client left. A rejection that nobody awaits takes no process down.
   * @throws {SseError} `invalid-field` or `unserializable` for an event that has no wire form; `reserved` for an `id` on a
   * stream that a hub has.
   */
  send(event: ServerSentEvent): Promise<boolean> {
    return this.#write(() => {
      const text = encodeEvent(event, { serialize: this.#serialize });
      if (this.#attached && event.id !== undefined) throw reservedId();
      return text;
    });
  }

  /** Sends a comment, which clients ignore. Settles as {@link send} does. */
  comment(text = ""): Promise<boolean> {
    return this.#write(() => encodeComment(text));
  }

  /**
   * Sets how many milliseconds the client waits before it reconnects (the `retry` field). Settles as {@link send} does.
   *
   * @throws {SseError} `invalid-field` unless it is a non-negative integer.
   */
  setRetry(milliseconds: number): Promise<boolean> {
    return this.send({ retry: milliseconds });
  }

  /**
   * Sends each event of a source, taking the next one when the last has left. The source is stopped (`return()` of an iterator,
   * `cancel()` of a web stream) when the stream closes, also while its next event is awaited, and when an event is bad.
   *
   * @returns once the source has ended or the stream has closed.
   * @throws the source's own error, or that of {@link send} for a bad event; the stream stays open.
   */
  async sendAll(
    source: Iterable<ServerSentEvent> | AsyncIterable<ServerSentEvent> | ReadableStream<ServerSentEvent>,
  ): Promise<void> {
    const puller = pull(source);
    while (!this.#closed) {
      const next = await this.#unlessClosed(puller.next());
      if (next === undefined) {
        // Not awaited: a source that waits for what never comes does not answer.
        puller.stop().catch(ignore);
        return;
      }
      if (next.done) return;
      await this.#sendOrStop(next.value, puller);
    }
    await puller.stop();
  }

  /**
   * Ends the stream gracefully: sends that wait are written first, then the transport ends. A client that takes nothing for
   * `stallTimeout` is cut off. New sends return false at once. Calling it again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#leave();
    if (!this.#waiting) this.#sink.close();
  }

  /** Closes the transport at once; sends that wait are dropped and return false. Calling it again does nothing. */
  destroy(): void {
    this.#leave();
    this.#queue?.drop();
    this.#sink.destroy();
  }

  /**
   * Hands the sink to a hub, which writes to it from then on. This stream's own heartbeat stops, and {@link send} refuses an `id`,
   * because ids are the hub's. Everything else goes on as before.
   *
   * @throws {SseError} `attached` when a hub has it already.
   */
  attach(): EventSink {
    if (this.#attached) {
      throw new SseError("attached", "a hub has this stream already: connect a stream to one hub, once");
    }
    this.#attached = true;
    this.#stopHeartbeat();
    return this.#sink;
  }

  #write(encode: () => string): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    let bytes: Uint8Array;
    try {
      bytes = encodeUtf8(encode());
    } catch (error) {
      return handledRejection(error);
    }
    if (this.#waiting || this.#sink.room <= 0) {
      this.#queue ??= this.#newQueue();
      return this.#queue.push(bytes);
    }
    this.#hand(bytes);
    return Promise.resolve(true);
  }

  get #waiting(): boolean {
    return this.#queue?.empty === false;
  }

  #newQueue(): SendQueue {
    const sink = this.#sink;
    return new SendQueue({
      sink,
      maxBytes: this.#maxQueuedBytes,
      stallTimeout: this.#stallTimeout,
      timers: this.#timers,
      write: (bytes) => this.#hand(bytes),
      emptied: () => {
        if (this.#closed) sink.close();
      },
      overdue: () => this.destroy(),
    });
  }

  #hand(bytes: Uint8Array): void {
    this.#sink.write(bytes);
    this.#restartHeartbeat();
  }

  /** Takes no more events, and says so. */
  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopHeartbeat();
    this.#abort?.abort();
    for (const leave of this.#leaveSources ?? []) leave();
  }

  #restartHeartbeat(): void {
    if (this.#heartbeat === 0 || this.#attached || this.#closed) return;
    this.#timers.clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = this.#timers.setTimeout(() => this.#beat(), this.#heartbeat);
  }

  #stopHeartbeat(): void {
    this.#timers.clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
  }

  #beat(): void {
    // A client that has not taken earlier bytes yet needs no more of them to see life.
    if (!this.#waiting && this.#sink.room > 0) this.#sink.write(heartbeatBytes());
    this.#restartHeartbeat();
  }

  /** What the promise resolves to, or undefined as soon as the stream has closed. */
  async #unlessClosed<T>(promise: Promise<T>): Promise<T | undefined> {
    // A registration for each wait: one promise that lasts as long as the stream would collect a reaction for each event.
    let leave = (): void => {};
    const left = new Promise<undefined>((resolve) => {
      leave = () => resolve(undefined);
    });
    this.#leaveSources ??= new Set();
    this.#leaveSources.add(leave);
    return Promise.race([promise, left]).finally(() => this.#leaveSources?.delete(leave));
  }

  async #sendOrStop(event: ServerSentEvent, puller: Puller<unknown>): Promise<void> {
    try {
      await this.send(event);
    } catch (error) {
      await puller.stop().catch(ignore);
      throw error;
    }
  }
}

function ignore(): void {}

/** A rejection for whoever awaits it. Hostile input in an event must not end a process in which nobody does. */
function handledRejection(error: unknown): Promise<never> {
  const rejection = Promise.reject(error);
  rejection.catch(ignore);
  return rejection;
}

function reservedId(): SseError {
  return new SseError(
    "reserved",
    "the ids of this stream are the hub's: leave id out, or publish through the hub",
    { field: "id" },
  );
}

function checkedBytes(bytes: number): number {
  if (bytes >= 0) return bytes;
  throw new SseError("invalid-option", `maxQueuedBytes is ${bytes}: give a number of bytes, 0 or more`, {
    field: "maxQueuedBytes",
  });
}

let heartbeat: Uint8Array | undefined;

/** The same array each time, so that sinks frame it once. */
function heartbeatBytes(): Uint8Array {
  heartbeat ??= encodeUtf8(encodeComment());
  return heartbeat;
}
