/**
 * The `error` event, a plain `Event` as the standard has it, with one addition. An event of the *stream* that is named `error` is a
 * `MessageEvent` instead, and reaches the same listeners: it has `data`, this one has not.
 */
export interface EventSourceErrorEvent extends Event {
  /**
   * Why the connection ended, for logs: what `fetch` or `headers` threw, or an `Error` that tells which status and content type came.
   * `undefined` when the server just ended the stream. An addition of this package.
   */
  readonly cause?: unknown;
}

/** The events that an `EventSource` fires by itself. Any other event type is the stream's: a `MessageEvent`. */
export interface EventSourceEventMap {
  open: Event;
  message: MessageEvent<string>;
  error: EventSourceErrorEvent;
}

type Listener<E> = ((event: E) => unknown) | { handleEvent(event: E): unknown };

/** `addEventListener` and `removeEventListener`, with the event's type known from its name. */
export interface ListenerMethod {
  <K extends keyof EventSourceEventMap>(
    type: K,
    listener: Listener<EventSourceEventMap[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  (
    type: string,
    listener: Listener<MessageEvent<string>> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  (type: string, listener: Listener<Event> | null, options?: boolean | AddEventListenerOptions): void;
}
