import { createCheckedParser, systemTimers, type Timers } from "@sse/core/internal";
import { idNotSent } from "../errors.js";
import { idHeader } from "../resume/id-header.js";
import { defaultReconnectionTime, ReconnectionDelay } from "./reconnection-delay.js";
import { FatalError, type OpenStream, type Source } from "./source.js";
import { TaskQueue } from "./task-queue.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** Options of a {@link Connection}. */
export interface ConnectionOptions {
  source: Source;
  /** Called with each event, in a task of its own. It never throws. */
  dispatch: (event: Event) => void;
  /** Default: the runtime's. */
  timers?: Timers;
  /** Returns a time in milliseconds that only moves forward. Default: the runtime's. */
  now?: () => number;
}

/** The characters of queued events that are dispatched before the next chunk is read. */
const maxQueued = 1_000_000;

/** The characters that an event counts besides its data, for its objects. */
const eventOverhead = 1_000;

/**
 * Implements the processing model of WHATWG HTML §9.2.3: opens a source, dispatches its events, and
 * opens it again when it ends.
 */
export class Connection {
  readyState: 0 | 1 | 2 = CONNECTING;
  /** Milliseconds. */
  reconnectionTime: number = defaultReconnectionTime;
  /**
   * The id of the last parsed event; once closed, of the last dispatched one, to resume from there.
   */
  lastEventId = "";

  readonly #source: Source;
  readonly #dispatch: (event: Event) => void;
  readonly #timers: Timers;
  #timer: unknown;
  #attempt = new AbortController();
  #chunks: OpenStream["chunks"];
  readonly #tasks = new TaskQueue();
  #dispatchedId = "";
  #reportedId = "";
  readonly #delay: ReconnectionDelay;

  constructor({ source, dispatch, timers = systemTimers, now = () => performance.now() }: ConnectionOptions) {
    this.#source = source;
    this.#dispatch = dispatch;
    this.#timers = timers;
    this.#delay = new ReconnectionDelay(now);
    this.#connect();
  }

  /** Ends the connection for good. No event follows. */
  close(): void {
    this.readyState = CLOSED;
    this.lastEventId = this.#dispatchedId;
    this.#timers.clearTimeout(this.#timer);
    this.#tasks.clear();
    this.#release();
  }

  get #closed(): boolean {
    return this.readyState === CLOSED;
  }

  async #connect(): Promise<void> {
    let cause: unknown;
    this.#attempt = new AbortController();
    try {
      const stream = await this.#source.open(this.lastEventId, this.#attempt.signal);
      this.#chunks = stream.chunks;
      this.#delay.open();
      this.#queueTask(() => this.#announce());
      await this.#read(stream);
    } catch (error) {
      cause = error;
    }
    this.#release();
    this.#queueTask(() => {
      if (this.#source.reopens && !isFatal(cause)) this.#reestablish(cause);
      else this.#fail(cause);
    });
  }

  /** Parses chunks as they arrive: those that wait unread when the stream breaks are lost. */
  // Over 40 lines: the callbacks of a parser, over the state of one stream.
  async #read({ chunks, origin }: OpenStream): Promise<void> {
    let tooLarge: unknown;
    let eventId = this.lastEventId;
    let queued = 0;
    const parser = createCheckedParser({
      // The standard's text starts each stream without an id. Browsers keep it: else the next
      // reconnect would start from the beginning.
      lastEventId: this.lastEventId,
      onEvent: ({ event, data, lastEventId }) => {
        eventId = lastEventId;
        queued += data.length + eventOverhead;
        this.#queueTask(() => {
          this.#dispatchedId = lastEventId;
          this.#dispatch(new MessageEvent(event, { data, origin, lastEventId }));
        });
      },
      onRetry: (milliseconds) => {
        this.reconnectionTime = milliseconds;
      },
      onError(error) {
        tooLarge = error;
        parser.reset();
      },
    });
    while (chunks && !this.#closed) {
      const { done, value } = await chunks.read();
      if (done || this.#closed) return;
      parser.feed(value);
      if (tooLarge) throw new FatalError("an event is too large", { cause: tooLarge });
      const { lastEventId } = parser;
      this.lastEventId = lastEventId;
      // Usually the last event carried it.
      if (lastEventId !== eventId) {
        eventId = lastEventId;
        this.#queueTask(() => {
          this.#dispatchedId = lastEventId;
        });
      }
      if (queued > maxQueued) {
        await new Promise<void>((resolve) => this.#queueTask(resolve));
        queued = 0;
      }
    }
  }

  /** Runs work in a task after all queued work. Does nothing once the connection is closed. */
  #queueTask(work: () => void): void {
    if (!this.#closed) this.#tasks.push(work);
  }

  #announce(): void {
    this.readyState = OPEN;
    this.#dispatch(new Event("open"));
  }

  #reestablish(cause: unknown): void {
    this.readyState = CONNECTING;
    this.#timer = this.#timers.setTimeout(() => this.#connect(), this.#delay.next(this.reconnectionTime));
    const { lastEventId } = this;
    const isUnsendable = lastEventId !== this.#reportedId && idHeader(lastEventId) === undefined;
    if (isUnsendable) this.#reportedId = lastEventId;
    this.#dispatch(errorEvent(isUnsendable ? idNotSent() : cause));
  }

  #fail(cause: unknown): void {
    this.close();
    this.#dispatch(errorEvent(cause));
  }

  /** Releases the response, also where a `fetch` ignores signals. */
  #release(): void {
    this.#attempt.abort();
    this.#chunks?.cancel().catch(() => {});
  }
}

/**
 * Whether no reconnect may follow: also after an abort other than by `close`, which the application
 * decided.
 */
function isFatal(error: unknown): boolean {
  return error instanceof FatalError || Object(error).name === "AbortError";
}

function errorEvent(cause: unknown): Event {
  return Object.assign(new Event("error"), { cause });
}
