import { createEventParser, type ParsedEvent, type Timers } from "@sse/core";
import { FatalError, type OpenStream, type Source } from "./source.js";
import { nextTask } from "./task.js";

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSED = 2;

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

/** The processing model of WHATWG HTML §9.2.3: opens a source, dispatches what comes, and opens it again when it ends. */
export class Connection {
  readyState: 0 | 1 | 2 = CONNECTING;
  /** Milliseconds. */
  reconnectionTime: number = defaultReconnectionTime;
  /** As of the last event that was dispatched, so that whoever stops within a listener can resume from there. */
  lastEventId = "";

  readonly #source: Source;
  readonly #dispatch: (event: Event) => void;
  readonly #timers: Timers;
  #timer: unknown;
  #attempt = new AbortController();
  #chunks: OpenStream["chunks"];

  constructor({ source, dispatch, timers = systemTimers }: ConnectionOptions) {
    this.#source = source;
    this.#dispatch = dispatch;
    this.#timers = timers;
    this.#connect();
  }

  /** Ends the connection for good. No event follows. */
  close(): void {
    this.readyState = CLOSED;
    this.#timers.clearTimeout(this.#timer);
    this.#release();
  }

  async #connect(): Promise<void> {
    let cause: unknown;
    this.#attempt = new AbortController();
    try {
      const stream = await this.#source.open(this.lastEventId, this.#attempt.signal);
      this.#chunks = stream.chunks;
      await this.#announce();
      await this.#read(stream);
    } catch (error) {
      cause = error;
    }
    this.#release();
    await nextTask();
    if (this.readyState === CLOSED) return;
    if (this.#source.reopens && !isFatal(cause)) this.#reestablish(cause);
    else this.#fail(cause);
  }

  async #announce(): Promise<void> {
    await nextTask();
    if (this.readyState === CLOSED) return;
    this.readyState = OPEN;
    this.#dispatch(new Event("open"));
    await nextTask();
  }

  async #read({ chunks, origin }: OpenStream): Promise<void> {
    let events: ParsedEvent[] = [];
    let tooLarge: unknown;
    const parser = createEventParser({
      // The standard's text begins each stream without an id. Browsers keep it, else the next reconnect would begin from the start.
      lastEventId: this.lastEventId,
      onEvent: (event) => events.push(event),
      onRetry: (milliseconds) => {
        this.reconnectionTime = milliseconds;
      },
      onError(error) {
        tooLarge = error;
        parser.reset();
      },
    });
    while (chunks && this.readyState === OPEN) {
      const { done, value } = await chunks.read();
      if (done) return;
      parser.feed(value);
      await this.#dispatchAll(events, origin);
      events = [];
      if (tooLarge) throw new FatalError("an event is too large", { cause: tooLarge });
      if (this.readyState === OPEN) this.lastEventId = parser.lastEventId;
    }
  }

  async #dispatchAll(events: ParsedEvent[], origin: string): Promise<void> {
    for (const { event, data, lastEventId } of events) {
      if (this.readyState === CLOSED) return;
      this.lastEventId = lastEventId;
      this.#dispatch(new MessageEvent(event, { data, origin, lastEventId }));
      await nextTask();
    }
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
    this.readyState = CLOSED;
    this.#dispatch(errorEvent(cause));
  }

  /** Lets go of the response, also where a `fetch` takes no notice of signals. */
  #release(): void {
    this.#attempt.abort();
    this.#chunks?.cancel().catch(() => {});
  }
}

/** Whether a reconnect would be futile. An abort that `close` did not cause is a decision of the program's or the user's: no error to overcome. */
function isFatal(error: unknown): boolean {
  return error instanceof FatalError || (error instanceof Error && error.name === "AbortError");
}

function errorEvent(cause: unknown): Event {
  return Object.assign(new Event("error"), { cause });
}
