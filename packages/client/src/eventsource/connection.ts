import { createEventParser, type Timers } from "@sse/core";
import { FatalError, type OpenStream, type Source } from "./source.js";
import { nextTask } from "./task.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** The standard asks for "a few seconds"; Chromium takes as many. */
const defaultReconnectionTime = 3000;

/** The longest delay that timers keep; beyond it they fire at once. */
const longestDelay = 2 ** 31 - 1;

const systemTimers: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** What a connection needs. */
export interface ConnectionOptions {
  source: Source;
  /** Takes the events, each in a task of its own. It never throws. */
  dispatch: (event: Event) => void;
  /** Default: the runtime's. */
  timers?: Timers;
}

/** So many events may wait to be dispatched before the next chunk is read. */
const waitingLimit = 1000;

/** The processing model of WHATWG HTML §9.2.3: opens a source, dispatches what comes, and opens it again when it ends. */
export class Connection {
  readyState: 0 | 1 | 2 = CONNECTING;
  /** Milliseconds. */
  reconnectionTime: number = defaultReconnectionTime;
  /** As of what has been parsed; once closed, as of the last event that was dispatched, to resume from there. */
  lastEventId = "";

  readonly #source: Source;
  readonly #dispatch: (event: Event) => void;
  readonly #timers: Timers;
  #timer: unknown;
  #attempt = new AbortController();
  #chunks: OpenStream["chunks"];
  #lastTask: Promise<void> = nextTask();
  #waiting = 0;
  #dispatchedId = "";

  constructor({ source, dispatch, timers = systemTimers }: ConnectionOptions) {
    this.#source = source;
    this.#dispatch = dispatch;
    this.#timers = timers;
    this.#connect();
  }

  /** Ends the connection for good. No event follows. */
  close(): void {
    this.readyState = CLOSED;
    this.lastEventId = this.#dispatchedId;
    this.#timers.clearTimeout(this.#timer);
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

  /** Parses chunks as they come: those that wait unread when the stream breaks are lost. */
  async #read({ chunks, origin }: OpenStream): Promise<void> {
    let tooLarge: unknown;
    let eventId = this.lastEventId;
    const parser = createEventParser({
      // The standard's text begins each stream without an id. Browsers keep it, else the next reconnect would begin from the start.
      lastEventId: this.lastEventId,
      onEvent: ({ event, data, lastEventId }) => {
        eventId = lastEventId;
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
      // Most often the last event has brought it.
      if (lastEventId !== eventId) {
        eventId = lastEventId;
        this.#queueTask(() => {
          this.#dispatchedId = lastEventId;
        });
      }
      if (this.#waiting > waitingLimit) await this.#lastTask;
    }
  }

  /** Does work after all that is queued, and lets a task begin before what is queued next; no more once the connection is closed. */
  #queueTask(work: () => void): void {
    this.#waiting++;
    this.#lastTask = this.#lastTask.then(() => {
      this.#waiting--;
      if (this.#closed) return;
      work();
      return nextTask();
    });
  }

  #announce(): void {
    this.readyState = OPEN;
    this.#dispatch(new Event("open"));
  }

  #reestablish(cause: unknown): void {
    this.readyState = CONNECTING;
    this.#timer = this.#timers.setTimeout(
      () => this.#connect(),
      Math.min(this.reconnectionTime, longestDelay),
    );
    this.#dispatch(errorEvent(cause));
  }

  #fail(cause: unknown): void {
    this.close();
    this.#dispatch(errorEvent(cause));
  }

  /** Lets go of the response, also where a `fetch` takes no notice of signals. */
  #release(): void {
    this.#attempt.abort();
    this.#chunks?.cancel().catch(() => {});
  }
}

/** Whether a reconnect is out of place: also after an abort that `close` did not cause, for somebody decided it. */
function isFatal(error: unknown): boolean {
  return error instanceof FatalError || (error instanceof Error && error.name === "AbortError");
}

function errorEvent(cause: unknown): Event {
  return Object.assign(new Event("error"), { cause });
}
