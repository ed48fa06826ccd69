import { Connection } from "./connection.js";
import { createEventHandlers, type EventHandlers } from "./event-handlers.js";
import type { EventSourceErrorEvent, EventSourceMessageEvent, ListenerMethod } from "./events.js";
import { httpSource } from "./http-source.js";
import type { EventSourceInit } from "./init.js";
import type { Source } from "./source.js";
import { streamSource } from "./stream-source.js";

/**
 * The key under which {@link EventSource.fromReadableStream} passes its source to the constructor.
 */
const givenSource = Symbol();

interface InitWithSource extends EventSourceInit {
  [givenSource]?: Source;
}

/**
 * The `EventSource` of the WHATWG HTML standard (§9.2), for runtimes that have none and for
 * requests that need headers. It uses `fetch`, and runs in browsers, workers, Node, Deno and Bun.
 *
 * Beyond the standard: the options `fetch` and `headers`, the reason in `error` events, and from a
 * proposal (whatwg/html#12272) {@link lastEventId}, {@link reconnectionTime} and {@link
 * fromReadableStream}.
 *
 * Over 25 members: the standard's interface has 14 of them, its constants twice.
 *
 * @example
 * ```ts
 * const headers = () => ({ Authorization: token() });
 * const source = new EventSource("https://example.com/events", { headers });
 * source.onmessage = (event) => console.log(event.lastEventId, event.data);
 * ```
 */
export class EventSource extends EventTarget {
  /** The connection is being opened, or waits to be opened again. */
  declare static readonly CONNECTING: 0;
  /** The connection is open: events are dispatched as they arrive. */
  declare static readonly OPEN: 1;
  /** The connection has failed or was closed, and is not opened again. */
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;

  /**
   * As `EventTarget` defines it. A listener for `open`, `message` or `error` receives that event,
   * for any other name a `MessageEvent`.
   */
  declare addEventListener: ListenerMethod;
  /** As `EventTarget` defines it. */
  declare removeEventListener: ListenerMethod;

  readonly #url: URL;
  readonly #withCredentials: boolean;
  readonly #connection: Connection;
  readonly #handlers: EventHandlers = createEventHandlers(this);

  /**
   * Opens a connection. Events are dispatched in later tasks, so that there is time to add
   * listeners.
   *
   * @param url the stream's URL, relative to the document or worker where there is one.
   * @throws {DOMException} `SyntaxError` when the URL cannot be parsed.
   */
  constructor(url: string | URL, init: EventSourceInit = {}) {
    super();
    const { [givenSource]: source, withCredentials }: InitWithSource = init;
    this.#url = parseUrl(`${url}`);
    this.#withCredentials = Boolean(withCredentials);
    this.#connection = new Connection({
      source: source ?? httpSource(this.#url, init),
      dispatch: (event) => this.#handlers.dispatch(event),
    });
  }

  /**
   * Reads the events of a stream that the application opened itself, such as the body of a `fetch`
   * with a method of its own. The stream cannot be opened again: when it ends, `error` is fired and
   * the state is {@link CLOSED}; to resume, send {@link lastEventId}. `url` is
   * `about:event-stream`, the events' `origin` is `"null"`. `close()` cancels the stream.
   *
   * Proposed for the standard in whatwg/html#12272, and may change with it.
   *
   * @throws {TypeError} when the stream is locked.
   */
  static fromReadableStream(stream: ReadableStream<Uint8Array>): EventSource {
    const init: InitWithSource = { [givenSource]: streamSource(stream) };
    return new EventSource("about:event-stream", init);
  }

  /** The absolute URL. After a redirect it is still the requested one. */
  get url(): string {
    return this.#url.href;
  }

  /** Whether credentials are sent to other origins too, as passed to the constructor. */
  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  /** {@link CONNECTING}, {@link OPEN} or {@link CLOSED}. */
  get readyState(): 0 | 1 | 2 {
    return this.#connection.readyState;
  }

  /**
   * The stream's last event id, `""` when there is none: a reconnect sends it. While events wait to
   * be dispatched it is already theirs; after `close()` it is that of the last dispatched event, so
   * that another source can resume there.
   *
   * Proposed for the standard in whatwg/html#12272, and may change with it.
   */
  get lastEventId(): string {
    return this.#connection.lastEventId;
  }

  /**
   * Milliseconds from the end of a connection to the next attempt: 3000, until the stream's `retry`
   * sets it.
   *
   * Proposed for the standard in whatwg/html#12272, and may change with it.
   */
  get reconnectionTime(): number {
    return this.#connection.reconnectionTime;
  }

  /** Called when a connection has been opened, at first and after each reconnect. */
  get onopen(): ((event: Event) => unknown) | null {
    return this.#handlers.get("open") as ((event: Event) => unknown) | null;
  }
  set onopen(handler: ((event: Event) => unknown) | null) {
    this.#handlers.set("open", handler);
  }

  /** Called for each event that has no name, or the name `message`. */
  get onmessage(): ((event: EventSourceMessageEvent) => unknown) | null {
    return this.#handlers.get("message") as ((event: EventSourceMessageEvent) => unknown) | null;
  }
  set onmessage(handler: ((event: EventSourceMessageEvent) => unknown) | null) {
    this.#handlers.set("message", handler);
  }

  /**
   * Called when a connection has ended or could not be opened. A reconnect follows unless
   * {@link readyState} is {@link CLOSED}.
   */
  get onerror(): ((event: EventSourceErrorEvent) => unknown) | null {
    return this.#handlers.get("error") as ((event: EventSourceErrorEvent) => unknown) | null;
  }
  set onerror(handler: ((event: EventSourceErrorEvent) => unknown) | null) {
    this.#handlers.set("error", handler);
  }

  /** Ends the connection for good. No event follows, not even one that was received already. */
  close(): void {
    this.#connection.close();
  }

  static {
    defineInterface(EventSource);
  }
}

/**
 * Adds the parts of Web IDL that class syntax lacks: constants, the tag, enumerable members, and a
 * name that bundlers keep.
 */
function defineInterface(target: typeof EventSource): void {
  const { prototype } = target;
  const name = { value: "EventSource", configurable: true };
  for (const member of Object.getOwnPropertyNames(prototype).slice(1)) {
    Object.defineProperty(prototype, member, { enumerable: true });
  }
  for (const holder of [target, prototype]) {
    ["CONNECTING", "OPEN", "CLOSED"].forEach((constant, value) => {
      Object.defineProperty(holder, constant, { value, enumerable: true });
    });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, name);
  Object.defineProperty(target, "name", name);
}

/** Parses a URL at once: `fetch` would report a bad one later, by an event. */
function parseUrl(url: string): URL {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    throw new DOMException(`'${url}' is no URL`, "SyntaxError");
  }
}
