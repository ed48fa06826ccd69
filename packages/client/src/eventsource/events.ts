/**
 * The `error` event, a plain `Event` as in the standard, with one addition. An event of the
 * *stream* that is named `error` is a `MessageEvent` instead, and is dispatched to the same
 * listeners: it has `data`, this one has not.
 */
export interface EventSourceErrorEvent extends Event {
  /**
   * The reason why the connection ended, for logs: the error that `fetch` or `headers` threw, or an
   * `Error` with the status and content type of the response. `undefined` when the server ended the
   * stream. An addition of this package.
   */
  readonly cause?: unknown;
}

/** An event of the stream: a `MessageEvent` whose data is a string. */
export interface EventSourceMessageEvent extends Omit<MessageEvent, "data"> {
  readonly data: string;
}

/**
 * The events that every `EventSource` fires. Any other event type is the stream's own, an
 * {@link EventSourceMessageEvent}.
 */
export interface EventSourceEventMap {
  open: Event;
  message: EventSourceMessageEvent;
  error: EventSourceErrorEvent;
}

type Listener<E> = ((event: E) => unknown) | { handleEvent(event: E): unknown };

/** Derived from a method: the types of Node have no name for it. */
type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];

/** `addEventListener` and `removeEventListener`, which infer the event's type from its name. */
export interface ListenerMethod {
  <K extends keyof EventSourceEventMap>(
    type: K,
    listener: Listener<EventSourceEventMap[K]> | null,
    options?: ListenerOptions,
  ): void;
  (type: string, listener: Listener<EventSourceMessageEvent> | null, options?: ListenerOptions): void;
  (type: string, listener: Listener<Event> | null, options?: ListenerOptions): void;
}
