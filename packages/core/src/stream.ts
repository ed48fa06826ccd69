import {
  encodeComment,
  encodeWith,
  requireSerialize,
  type Serialize,
  type ServerSentEvent,
} from "./encode.js";
import { attachedBefore, notASink, outOfRange, reservedId } from "./errors.js";
import { requireDuration, requireKnownKeys } from "./option-checks.js";
import { SendQueue } from "./send-queue.js";
import { type EventSink, writeText } from "./sink.js";
import { type Puller, pull } from "./source.js";
import { systemTimers, type Timers } from "./timers.js";
import type { StreamEvent } from "./typed-events.js";
import { rejectReported } from "./unawaited.js";
import { encodeUtf8 } from "./utf8.js";

/** Options of {@link EventStream}. */
export interface EventStreamOptions {
  /** Id of this stream, for logs and hubs. Default: a random UUID. */
  id?: string | undefined;
  /** The id that the client wants to resume from, see `getLastEventId`. Default `""`: none. */
  lastEventId?: string | undefined;
  /** The way in which `data` becomes text. Default `'auto'`. */
  serialize?: Serialize | undefined;
  /**
   * Milliseconds without a write after which a comment is sent, so that proxies and clients see
   * that the connection works. They start with the first write, so that a handler can still refuse
   * until then. Default 15000; 0: none.
   */
  heartbeat?: number | undefined;
  /**
   * The maximum bytes of sends that wait for room. Above it the client is disconnected and the
   * sends return false. A single send that waits may be of any size, so only sends that are not
   * awaited add up. Default 1048576 (1 MiB).
   */
  maxQueuedBytes?: number | undefined;
  /**
   * Milliseconds for which a client may receive nothing while a send waits; then it is
   * disconnected. A standstill of the process counts as a quarter of them at most. Default 60000;
   * 0: no limit.
   */
  stallTimeout?: number | undefined;
  /** Timers to use instead of the runtime's, for tests. */
  timers?: Timers | undefined;
}

const optionNames = [
  "heartbeat",
  "id",
  "lastEventId",
  "maxQueuedBytes",
  "serialize",
  "stallTimeout",
  "timers",
] satisfies (keyof EventStreamOptions)[];

/**
 * One client's open stream. It writes events to an {@link EventSink} in the order of the calls. Its
 * memory is bounded: a send waits for room, and a client that receives nothing for too long is
 * disconnected.
 */
// Over 25 members: each further object would cost memory for every client. What an idle stream does
// not need is in SendQueue.
export class EventStream<Events extends object = Record<string, unknown>> {
  /** Id of this stream. */
  readonly id: string;
  /** The last event id that the client sent (hostile input); `""` for none. */
  readonly lastEventId: string;
  /** Resolves once the transport has closed, from either side. Never rejects. */
  readonly done: Promise<void>;

  readonly #sink: EventSink;
  readonly #serialize: Serialize;
  readonly #timers: Timers;
  readonly #heartbeat: number;
  readonly #maxQueuedBytes: number;
  readonly #stallTimeout: number;
  /**
   * Holds the sends that wait for room. Created when needed, as is {@link #stopWaits}: an idle
   * stream has neither.
   */
  #queue: SendQueue | undefined;
  #stopWaits: Set<() => void> | undefined;
  #heartbeatTimer: unknown;
  #abort: AbortController | undefined;
  #closed = false;
  #attached = false;

  /** @throws {SseError} `invalid-option` for an unknown option, or one out of its range. */
  constructor(sink: EventSink, options: EventStreamOptions = {}) {
    // Most often a response: the mistake is a common one, and would fail later without a reason.
    if (typeof sink?.write !== "function" || typeof sink.closed?.then !== "function") throw notASink(sink);
    requireKnownKeys(options, optionNames, "new EventStream");
    requireSerialize(options.serialize);
    this.#sink = sink;
    for (const name of ["id", "lastEventId"] as const)
      if (typeof (options[name] ?? "") !== "string") throw outOfRange(name, "a string", options[name]);
    this.id = options.id ?? crypto.randomUUID();
    this.lastEventId = options.lastEventId ?? "";
    this.#serialize = options.serialize ?? "auto";
    this.#timers = options.timers ?? systemTimers;
    this.#heartbeat = requireDuration("heartbeat", options.heartbeat ?? 15_000);
    this.#maxQueuedBytes = checkedBytes(options.maxQueuedBytes ?? 1024 * 1024);
    this.#stallTimeout = requireDuration("stallTimeout", options.stallTimeout ?? 60_000);
    this.done = sink.closed.then(() => {
      this.#stop();
      this.#queue?.drop();
    });
  }

  /** Aborts at the moment at which {@link closed} becomes true: stop producing for this client. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#closed) this.#abort.abort(closedReason());
    }
    return this.#abort.signal;
  }

  /**
   * Whether the stream accepts no more events: the client left, or {@link close} or {@link destroy}
   * was called.
   */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends an event, waiting while the transport is full.
   *
   * @returns true once the transport has the bytes (the client may not have received them); false
   * when the stream closed before that. It never rejects because a client left. A rejection that is
   * not awaited does not end the process.
   * @throws {SseError} `invalid-field` or `unserializable` for an event that has no wire form;
   * `reserved` for an `id` on a stream that belongs to a hub.
   */
  send(event: StreamEvent<Events>): Promise<boolean> {
    return this.#send(event);
  }

  #send(event: ServerSentEvent): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    try {
      const text = encodeWith(event, this.#serialize);
      if (this.#attached && event.id !== undefined) throw reservedId();
      return this.#write(text);
    } catch (error) {
      return rejectReported(error);
    }
  }

  /** Sends a comment, which clients ignore. Settles as {@link send} does. */
  comment(text = ""): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    try {
      return this.#write(encodeComment(text));
    } catch (error) {
      return rejectReported(error);
    }
  }

  /**
   * Sets how many milliseconds the client waits before it reconnects (the `retry` field). Settles
   * as {@link send} does.
   *
   * @throws {SseError} `invalid-field` unless it is a non-negative integer.
   */
  setRetry(milliseconds: number): Promise<boolean> {
    return this.#send({ retry: milliseconds });
  }

  /**
   * Sends each event of a source, reading the next one when the last has been written. The source
   * is stopped (`return()` of an iterator, `cancel()` of a web stream) when the stream closes, also
   * while its next event is awaited, and when an event is bad.
   *
   * @returns once the source has ended or the stream has closed.
   * @throws the source's own error, or that of {@link send} for a bad event; the stream stays open.
   */
  async sendAll(
    source:
      | Iterable<StreamEvent<Events>>
      | AsyncIterable<StreamEvent<Events>>
      | ReadableStream<StreamEvent<Events>>,
  ): Promise<void> {
    const puller = pull(source);
    while (!this.#closed) {
      const next = await this.#unlessClosed(puller.next());
      if (next === undefined) {
        // Not awaited: a source that waits for an event may never settle.
        puller.stop().catch(ignore);
        return;
      }
      if (next.done) return;
      await this.#sendOrStop(next.value, puller);
    }
    await puller.stop();
  }

  /**
   * Ends the stream gracefully: sends that wait are written first, then the transport ends. A
   * client that receives nothing for `stallTimeout` is cut off. New sends return false at once.
   * Calling it again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#stop();
    if (!this.#waiting) this.#sink.close();
  }

  /**
   * Closes the transport at once; sends that wait are dropped and return false. Calling it again
   * does nothing.
   */
  destroy(): void {
    this.#stop();
    this.#queue?.drop();
    this.#sink.destroy();
  }

  /**
   * Returns the sink to a hub, which writes to it from then on. This stream's own heartbeat stops,
   * and {@link send} refuses an `id`, because the hub assigns the ids. Everything else stays as it
   * is.
   *
   * @throws {SseError} `attached` when a hub has it already.
   */
  attach(): EventSink {
    if (this.#attached) throw attachedBefore();
    this.#attached = true;
    this.#stopHeartbeat();
    return this.#sink;
  }

  #write(text: string): Promise<boolean> {
    const sink = this.#sink;
    if (this.#waiting || sink.room <= 0) {
      this.#queue ??= this.#newQueue();
      return this.#queue.push(encodeUtf8(text));
    }
    writeText(sink, text);
    this.#restartHeartbeat();
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
      write: (bytes) => {
        sink.write(bytes);
        this.#restartHeartbeat();
      },
      emptied: () => {
        if (this.#closed) sink.close();
      },
      overdue: () => this.destroy(),
    });
  }

  /** Accepts no more events, and notifies those who wait. */
  #stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopHeartbeat();
    this.#abort?.abort(closedReason());
    for (const stop of this.#stopWaits ?? []) stop();
  }

  #restartHeartbeat(): void {
    if (this.#heartbeat === 0 || this.#attached || this.#closed) return;
    // The timer of Node starts again without a new one, and each event restarts it.
    const timer = this.#heartbeatTimer as { refresh?: () => void } | undefined;
    if (timer?.refresh !== undefined) {
      timer.refresh();
      return;
    }
    this.#timers.clearTimeout(timer);
    this.#heartbeatTimer = this.#timers.setTimeout(() => this.#sendHeartbeat(), this.#heartbeat);
  }

  #stopHeartbeat(): void {
    this.#timers.clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
  }

  #sendHeartbeat(): void {
    // A client that has not received earlier bytes yet needs no heartbeat.
    if (!this.#waiting && this.#sink.room > 0) this.#sink.write(heartbeatBytes());
    this.#restartHeartbeat();
  }

  /** Resolves as the promise does, or to undefined as soon as the stream has closed. */
  async #unlessClosed<T>(promise: Promise<T>): Promise<T | undefined> {
    // A registration for each wait: a promise as old as the stream would collect a reaction per
    // event.
    let stop = (): void => {};
    const stopped = new Promise<undefined>((resolve) => {
      stop = () => resolve(undefined);
    });
    this.#stopWaits ??= new Set();
    this.#stopWaits.add(stop);
    return Promise.race([promise, stopped]).finally(() => this.#stopWaits?.delete(stop));
  }

  async #sendOrStop(event: StreamEvent<Events>, puller: Puller<unknown>): Promise<void> {
    try {
      await this.send(event);
    } catch (error) {
      await puller.stop().catch(ignore);
      throw error;
    }
  }
}

function ignore(): void {}

function checkedBytes(bytes: number): number {
  if (bytes >= 0) return bytes;
  throw outOfRange("maxQueuedBytes", "a number of bytes, 0 or more", bytes);
}

let reason: DOMException | undefined;

/**
 * Returns the reason of every signal, which is always the same object: one for each stream, with a
 * stack trace, costs a tenth of the CPU for a client that connects and leaves.
 */
function closedReason(): DOMException {
  reason ??= new DOMException("The stream has closed.", "AbortError");
  return reason;
}

let heartbeat: Uint8Array | undefined;

/** Returns the same array each time, so that sinks frame it once. */
function heartbeatBytes(): Uint8Array {
  heartbeat ??= encodeUtf8(encodeComment());
  return heartbeat;
}
